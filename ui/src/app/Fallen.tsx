import { Component, type ReactNode } from 'react';
import { Trouble } from '../ui/Trouble';

type Props = { children: ReactNode };

/** Keeps a screen that fell from taking the others with it. */
export class Fallen extends Component<Props, { failure: unknown }> {
  override state = { failure: null };

  static getDerivedStateFromError(failure: unknown) {
    return { failure };
  }

  override render() {
    const { failure } = this.state;
    return failure === null ? (
      this.props.children
    ) : (
      <Trouble problem={failure} onRetry={() => this.setState({ failure: null })} />
    );
  }
}

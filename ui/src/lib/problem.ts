import { Problem } from '../api/problem';
import { known, useWords } from './words';

/** A failure in words: those of its code, with its values; codes newer than the page are told as our own fault. */
export function useProblem(): (failure: unknown) => string {
  const { say } = useWords();
  return (failure) => {
    const code = failure instanceof Problem ? failure.code : 'internal';
    const params = failure instanceof Problem ? failure.params : {};
    const id = `problem.${code}`;
    return known(id) ? say(id, params) : say('problem.internal');
  };
}

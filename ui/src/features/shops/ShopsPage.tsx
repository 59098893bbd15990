import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { shops as shopsQuery } from '../../api/queries/shops';
import { useWords } from '../../lib/words';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { Page } from '../../ui/Page';
import { Shapes } from '../../ui/Shapes';
import { Trouble } from '../../ui/Trouble';
import { ConnectDialog } from './ConnectDialog';
import { ShopCard } from './ShopCard';

/** The shops that are connected: their keys, their state, whether their answers leave. */
export function ShopsPage() {
  const { say } = useWords();
  const shops = useQuery(shopsQuery);
  const [connecting, connect] = useState(false);
  return (
    <Page
      title={say('place.shops')}
      deeds={
        <Button look="main" icon="plus" onClick={() => connect(true)}>
          {say('shops.connect')}
        </Button>
      }
    >
      {shops.isError && <Trouble problem={shops.error} onRetry={() => void shops.refetch()} />}
      {shops.isPending && <Shapes of="rows" />}
      {shops.data?.length === 0 && (
        <EmptyState icon="shops" title={say('shops.none')} lines={[say('shops.none_how')]} />
      )}
      {shops.data?.map((shop) => (
        <ShopCard key={shop.id} shop={shop} />
      ))}
      {connecting && <ConnectDialog onClose={() => connect(false)} />}
    </Page>
  );
}

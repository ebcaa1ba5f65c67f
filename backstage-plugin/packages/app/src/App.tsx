import { createApp } from '@backstage/frontend-defaults';
import catalogPlugin from '@backstage/plugin-catalog/alpha';
import headwayPlugin from '@headway/backstage-plugin-headway';
import { homeModule } from './home/homeModule';
import { navModule } from './nav/navModule';

export default createApp({
  features: [catalogPlugin, headwayPlugin, navModule, homeModule],
});

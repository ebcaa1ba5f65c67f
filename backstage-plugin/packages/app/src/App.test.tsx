import { render, screen } from '@testing-library/react';
import App from './App';

it('assembles, and asks who is there', async () => {
  process.env = {
    NODE_ENV: 'test',
    APP_CONFIG: [
      {
        context: 'test',
        data: {
          app: { title: 'Headway', baseUrl: 'http://localhost' },
          backend: { baseUrl: 'http://localhost' },
        },
      },
    ] as any,
  };
  render(App.createRoot());
  expect(
    await screen.findByText('Guest', {}, { timeout: 20_000 }),
  ).toBeVisible();
}, 30_000);

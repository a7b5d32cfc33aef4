/** Opens the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Peer } from './peer/peer.ts';
import { App } from './shell/app.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/transfers.css';
import './styles/detail.css';
import './styles/screens.css';
import './styles/demo.css';
import './styles/devices.css';
import './styles/people.css';

const root = document.querySelector('#root');
if (root !== null) {
  const peer = new Peer('');
  void peer.run(new AbortController().signal);
  createRoot(root).render(
    <StrictMode>
      <App peer={peer} />
    </StrictMode>,
  );
}

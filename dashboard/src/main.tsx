import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './style.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { loadTexts, preferredLanguage } from './messages/messages.tsx';

const language = preferredLanguage();
const root = createRoot(document.getElementById('root') as HTMLElement);
document.documentElement.lang = language;
root.render(<App language={language} texts={await loadTexts(language)} />);

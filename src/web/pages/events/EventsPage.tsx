import { Page } from '../../frame/Page.tsx'
export const EventsPage = () => <Page title="EventsPage">x</Page>

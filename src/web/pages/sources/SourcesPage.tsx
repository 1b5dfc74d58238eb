import { Page } from '../../frame/Page.tsx'
export const SourcesPage = () => <Page title="SourcesPage">x</Page>

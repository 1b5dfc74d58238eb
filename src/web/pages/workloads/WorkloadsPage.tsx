import { Page } from '../../frame/Page.tsx'
export const WorkloadsPage = () => <Page title="WorkloadsPage">x</Page>

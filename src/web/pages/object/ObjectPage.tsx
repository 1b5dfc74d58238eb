import { Page } from '../../frame/Page.tsx'
export const ObjectPage = () => <Page title="ObjectPage">x</Page>

import { CopyBlock } from './CopyButton.tsx'
import { Empty } from './Empty.tsx'

/** What is not there because no rule runs, and how to start with the shipped ones. */
export const NoRulesLoaded = ({ said }: { readonly said: string }) => (
  <Empty kind="unseen" actions={<CopyBlock text="npm start -- --rule-sets bulwark" label={said} />}>
    {said}
  </Empty>
)

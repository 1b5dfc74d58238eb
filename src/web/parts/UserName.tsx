import { shortUser } from './short-user.ts'

/** A user's name in little room: the prefix that all service accounts and nodes share is dimmed and cut. */
export const UserName = ({ user }: { readonly user: string }) => {
  const { kind, name } = shortUser(user)
  return (
    <>
      {kind && <span className="text-dim">{kind} </span>}
      {name}
    </>
  )
}

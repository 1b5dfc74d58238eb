import { useQuery } from '@tanstack/react-query'
import { Outlet, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiError } from '../api/client.ts'
import { serverNow } from '../api/clock.ts'
import { statusQuery } from '../api/queries.ts'
import { useKey, useKeys } from '../keys/use-key.ts'
import { useRowFocus } from '../keys/use-row-focus.ts'
import { messages } from '../messages.ts'
import { stepTime } from '../url/time.ts'
import { useTime } from '../url/use-time.ts'
import { Banners } from './Banners.tsx'
import { KeySheet } from './KeySheet.tsx'
import { Palette } from './Palette.tsx'
import { places } from './places.ts'
import { Rail } from './Rail.tsx'
import { SignIn } from './SignIn.tsx'
import { TopBar } from './TopBar.tsx'

type Overlay = 'none' | 'palette' | 'sheet'

/** What surrounds every page: the places on the left, search and time at the top, what must be known below it. */
export const Frame = () => {
  const [overlay, setOverlay] = useState<Overlay>('none')
  const status = useQuery(statusQuery)
  const time = useTime()
  useFrameKeys(setOverlay)
  if (status.error instanceof ApiError && status.error.status === 401) {
    return <SignIn retry={() => void status.refetch()} />
  }
  return (
    <div
      className={`grid h-full grid-cols-[auto_minmax(0,1fr)] grid-rows-[auto_auto_minmax(0,1fr)] ${
        time.choice.kind === 'moment' ? 'border-2 border-past' : ''
      }`}
    >
      <button
        type="button"
        className="btn sr-only z-10 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
        onClick={() => document.getElementById('content')?.focus()}
      >
        {messages.skip}
      </button>
      <TopBar status={status.data} onPalette={() => setOverlay('palette')} onSheet={() => setOverlay('sheet')} />
      <Banners status={status.data} failed={status.isError} />
      <Rail />
      <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-col outline-none">
        <Outlet />
      </main>
      {overlay === 'palette' && <Palette onClose={() => setOverlay('none')} onSheet={() => setOverlay('sheet')} />}
      {overlay === 'sheet' && <KeySheet onClose={() => setOverlay('none')} />}
    </div>
  )
}

const useFrameKeys = (setOverlay: (overlay: Overlay) => void): void => {
  const time = useTime()
  const navigate = useNavigate()
  const step = (direction: -1 | 1) => (): boolean => {
    time.set(stepTime(time.choice, direction, serverNow(), time.whole))
    return true
  }
  useKeys()
  useRowFocus()
  useKey('palette', () => {
    setOverlay('palette')
    return true
  })
  useKey('sheet', () => {
    setOverlay('sheet')
    return true
  })
  // The list never changes while the page runs, so that hooks are called in the same order each time.
  for (const { to, action } of places) {
    // biome-ignore lint/correctness/useHookAtTopLevel: see above
    useKey(action, () => {
      void navigate({ to })
      return true
    })
  }
  useKey('earlier', step(-1))
  useKey('later', step(1))
  useKey('live', () => {
    time.set({ kind: 'live', last: undefined })
    return true
  })
}

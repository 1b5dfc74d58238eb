import { type PodSecurityLevel, podSecurityLevels } from '../../model/posture.ts'
import { messages } from '../messages.ts'

/** A Pod Security level: one, two or three steps filled, and its word. */
export const Level = ({ level, quiet = false }: { readonly level: PodSecurityLevel; readonly quiet?: boolean }) => {
  const steps = podSecurityLevels.indexOf(level) + 1
  return (
    <span className={`sign ${quiet ? 'text-dim' : ''}`}>
      <svg viewBox="0 0 13 10" className="h-2.5 w-[13px] shrink-0" aria-hidden="true">
        {podSecurityLevels.map((step, index) => (
          <rect
            key={step}
            x={index * 4.5 + 0.5}
            y={6 - index * 3}
            width="3"
            height={3.5 + index * 3}
            fill={index < steps ? 'currentColor' : 'none'}
            stroke="currentColor"
            strokeWidth="0.8"
            opacity={index < steps ? 1 : 0.6}
          />
        ))}
      </svg>
      {messages.levels[level]}
    </span>
  )
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits, safe in URLs and headers. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/** Whether two secrets are the same, in a time that tells nothing of how much of them is. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

/** What is kept of a secret that was handed out: enough to know it again. */
export const digestText = (secret: string): string => digest(secret).toString('base64url')

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

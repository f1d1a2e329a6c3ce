/** Variable in which a worker thread finds the path of Vitest's worker module. */
export const threadModule = 'ISOLANE_THREAD_MODULE'

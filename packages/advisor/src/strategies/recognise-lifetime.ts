import type { CacheLifetime } from "../cache/cache-rules.ts";
import { asBilledBut, type Recognition } from "./recognition.ts";

/** All that is cached is cached for this long: as requests ask for it, or else as what they wrote was billed. */
export function recogniseLifetime(to: CacheLifetime): Recognition {
  return {
    carries: ({ own, shape }) => {
      const marked = shape?.cacheBreakpoints ?? null;
      if (marked !== null) return marked.length === 0 ? null : marked.every(({ ttl }) => ttl === to);
      if (own === null || own.cacheWrite5m + own.cacheWrite1h === 0) return null;
      return (to === "1h" ? own.cacheWrite5m : own.cacheWrite1h) === 0;
    },
    without: asBilledBut({ prompt: "cached-as-before" }),
  };
}

/** Tools and system prompt are cached for an hour, messages for five minutes. */
export function recogniseHeadLifetime(): Recognition {
  return {
    carries: ({ shape }) => {
      const marked = shape?.cacheBreakpoints ?? null;
      if (marked === null || marked.length === 0) return null;
      const isHead = ({ section }: { readonly section: string }): boolean => section !== "messages";
      return marked.some(isHead) && marked.every((each) => each.ttl === (isHead(each) ? "1h" : "5m"));
    },
    without: asBilledBut({ prompt: "cached-as-before" }),
  };
}

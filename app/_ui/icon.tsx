const shapes = {
  search: <path d="M4 11a7 7 0 1 0 14 0 7 7 0 0 0-14 0m12.200 5.200L20 20" />,
  updown: <path d="m8 9 4-4 4 4M8 15l4 4 4-4" />,
  down: <path d="m7 10 5 5 5-5" />,
  right: <path d="m10 7 5 5-5 5" />,
  left: <path d="m14 7-5 5 5 5" />,
  x: <path d="M6 6l12 12M18 6 6 18" />,
  plus: <path d="M12 5v14M5 12h14" />,
  dots: <path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth="2.6" />,
  calendar: <path d="M6 5h12a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2M4 10h16M9 3v4M15 3v4" />,
  overview: <path d="M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z" />,
  bell: <path d="M6 16v-5a6 6 0 0 1 12 0v5l1.500 2h-15zM10 20.500h4" />,
  rules: <path d="M4 6h6v6h6v6h4m-2.500-2.500L20 18l-2.500 2.500" />,
  activity: <path d="M3 12h4l2.500-7 5 14L17 12h4" />,
  cache: (
    <path d="M5 6c0-1.500 3.100-2.800 7-2.800S19 4.500 19 6s-3.100 2.800-7 2.800S5 7.500 5 6v6c0 1.500 3.100 2.800 7 2.800s7-1.300 7-2.800V6M5 12v6c0 1.500 3.100 2.800 7 2.800s7-1.300 7-2.800v-6" />
  ),
  costs: <path d="M4 20V4M4 20h16M8 16v-4M12.500 16V8M17 16v-6" />,
  gauge: <path d="M4 18a9 9 0 1 1 16 0M12 16l4-6M11 16.500a1 1 0 1 0 2 0 1 1 0 0 0-2 0" />,
  connect: <path d="M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4" />,
  team: (
    <path d="M5.800 8a3.200 3.200 0 1 0 6.400 0 3.200 3.200 0 0 0-6.400 0M3 19c.6-3.200 3-5 6-5s5.400 1.800 6 5M16 5.200a3 3 0 0 1 0 5.600M18 14.600c1.600.8 2.600 2.300 3 4.400" />
  ),
  audit: <path d="M7 4h10a1 1 0 0 1 1 1v15l-3-1.800-3 1.800-3-1.800L6 20V5a1 1 0 0 1 1-1zM9.500 9h5M9.500 13h5" />,
  settings: <path d="M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0M7 17a2 2 0 1 0 4 0 2 2 0 0 0-4 0" />,
  arrow: <path d="M5 12h14M14 7l5 5-5 5" />,
  check: <path d="m5 12.500 4.500 4.500L19 7.500" />,
  copy: <path d="M9 9h10v11H9zM5 15H4V4h11v1" />,
  error: <path d="M8.500 3.500h7l5 5v7l-5 5h-7l-5-5v-7zM12 8v5M12 16v.01" />,
  warning: <path d="M12 4 2.800 19.500h18.400zM12 10v4M12 16.800v.01" />,
  info: <path d="M3.500 12a8.500 8.500 0 1 0 17 0 8.500 8.500 0 0 0-17 0M12 11v5M12 8v.01" />,
  download: <path d="M12 4v11m-4.500-4.500L12 15l4.500-4.500M5 19h14" />,
  undo: <path d="M9 7 4.500 11.500 9 16M5 11.500h9a5 5 0 0 1 0 10h-1" />,
  edit: <path d="m4 20 1-4L16 5l3 3L8 19zM14 7l3 3" />,
  clock: <path d="M3.500 12a8.500 8.500 0 1 0 17 0 8.500 8.500 0 0 0-17 0M12 7v5l3 2" />,
  key: <path d="M11 15a4 4 0 1 1-8 0 4 4 0 0 1 8 0m-1.200-2.800L20 4m-4 3.200L18.800 10" />,
  sun: (
    <path d="M8 12a4 4 0 1 0 8 0 4 4 0 0 0-8 0M12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600 7 7M17 17l1.400 1.400M18.400 5.600 17 7M7 17l-1.400 1.400" />
  ),
  moon: <path d="M20 14.500A8.500 8.500 0 1 1 9.500 4a6.600 6.600 0 0 0 10.500 10.500z" />,
  screen: <path d="M4 5h16v11H4zM9 20h6M12 16v4" />,
  out: <path d="M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9" />,
  play: <path d="M8 5l11 7-11 7z" />,
  pause: <path d="M8 5v14M16 5v14" />,
  terminal: <path d="M4 5h16v14H4zM7.500 9.500 10 12l-2.500 2.500M12.500 15H16" />,
  up: <path d="m7 14 5-5 5 5" />,
  table: <path d="M4 5h16v14H4zM4 10h16M4 14.500h16M10 10v9" />,
  filter: <path d="M4 6h16M7 12h10M10 18h4" />,
} as const;

export type IconName = keyof typeof shapes;

/** Line icon, 16 px, in the text colour. Decorative: the words beside it carry the meaning. */
export function Icon({ name, className = "size-4" }: { name: IconName; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 24 24"
      className={`${className} flex-none`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {shapes[name]}
    </svg>
  );
}

/** Logo: the route of an overridden request. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" className="flex-none">
      <rect width="24" height="24" rx="6" fill="var(--solid)" />
      <path
        d="M5.500 7.500h4.250v4.500H14v4.500h3.200"
        fill="none"
        stroke="var(--on-solid)"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="18" cy="16.500" r="1.900" fill="var(--on-solid)" />
    </svg>
  );
}

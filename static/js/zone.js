// The browser knows the time zone: it is chosen already, for whoever has not said it yet.

export default function zone(field) {
  const select = field.querySelector("select");
  if (!select.value) select.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
}

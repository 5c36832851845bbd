/* Viewers that show one head: each follows the others' crosshair and zoom. */
const groups = {};

/* viewer: one that has started. */
export function link(name, viewer) {
  const group = groups[name] = groups[name] || [];
  group.push(viewer);
  for (const leader of group) {
    leader.nv.broadcastTo(group.filter(one => one !== leader).map(one => one.nv), {"2d": true});
  }
}

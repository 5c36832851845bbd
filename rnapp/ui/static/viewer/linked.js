/* Viewers that show one head: each follows the others' crosshair and zoom. */
import {moveCrosshair} from "./internals.js";

const groups = {};

/* NiiVue tells the others only of what the user does in the canvas that has the focus. */
export function follow(viewer, lps) {
  const others = Object.values(groups).filter(group => group.includes(viewer)).flat();
  for (const other of others) {
    if (other !== viewer && other.hasPicture) moveCrosshair(other.nv, lps);
  }
}

/* Where the others of a group are looked at, LPS mm; null where there is no other. */
export function placeOfOthers(name, viewer) {
  return (groups[name] || []).filter(one => one !== viewer).map(one => one.crosshair()).find(Boolean) || null;
}

/* viewer: one that has started. */
export function link(name, viewer) {
  const group = groups[name] = groups[name] || [];
  group.push(viewer);
  for (const leader of group) {
    leader.nv.broadcastTo(group.filter(one => one !== leader).map(one => one.nv), {"2d": true});
  }
}

/* The control socket of a running sweep: DIR/control, for its owner alone.
 *
 *   open  serve*  leave  serve*  close  (the loop turns)  free
 *
 * A callback only reads; requests are carried out by `serve`, in the one place where the
 * loop's queue is emptied, so that an answer tells of a state in which nothing is left to
 * be decided. No client can block the loop: what it sends is capped, what it does not
 * read stays in its own buffer, and while that is not empty nothing more is read from it.
 */
#ifndef HONE_ENGINE_CONTROL_H
#define HONE_ENGINE_CONTROL_H

#include "engine/sweep_state.h"

/* Listens. A file system on which that is not possible is no error: the user is told, and
 * the sweep runs without. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_control_open(hone_sweep *sweep, hone_error *err);
/* Carries out what clients have asked for. The queue of events is empty then. */
void hone_control_serve(hone_sweep *sweep);
/* Takes the socket away, before the sweep's lock is given back. */
void hone_control_leave(hone_sweep *sweep);
/* Closes all handles. */
void hone_control_close(hone_sweep *sweep);
/* After the loop has turned. */
void hone_control_free(hone_sweep *sweep);

#endif

/* Memory for libuv, which ends the program where its table of descriptors cannot grow
 * (uv__io_start): hone must not die of that while trials run. */
#ifndef HONE_ENGINE_LOOP_MEMORY_H
#define HONE_ENGINE_LOOP_MEMORY_H

#include <hone/error.h>

/* Sets a table aside that is large enough for every descriptor that this process may
 * open; it costs addresses, no memory, until it is needed. Before the first loop is made,
 * by the thread that will run it. HONE_ENOMEM: there is not even that. */
int hone_loop_memory_take(hone_error *err);
/* Gives it back: after the loop is closed. */
void hone_loop_memory_release(void);

#endif

/* The folder of a slot, DIR/slots/K: what lies in it, and who holds it.
 *
 *   stdout.now stderr.now   what the attempt that runs has printed
 *   stdout stderr   short output of ended attempts of the slot, one behind the other
 *   journal         records of starts and ends (record.h)
 *   params.json config.yaml args.json   of the attempt that runs, rewritten in place
 *   metrics.jsonl   HONE_METRICS_FILE; moved to the trial's folder at the end
 *   lock            locked by the keeper for life; says who it is, and in which start of
 *                   the machine
 *
 * Nothing of this is synced. After a loss of power files may lack what was written to
 * them, so a slot of an earlier start of the machine is past: its journal counts only
 * where it says that an end and all before it are on the disk, and no keeper works in
 * it. */
#ifndef HONE_EXECUTORS_SLOT_H
#define HONE_EXECUTORS_SLOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <hone/executor.h>

#define HONE_SLOT_TAG "HONE_METRICS_FILE" /* every attempt has it in its environment */

/* Who holds a slot, as its lock file says: "PID START-TICKS BOOT". 0 where it does not
 * say. */
typedef struct hone_slot_owner {
    pid_t pid;
    uint64_t ticks; /* when the process started, in clock ticks since boot */
} hone_slot_owner;

typedef enum hone_slot_hold {
    HONE_SLOT_FREE,
    HONE_SLOT_HELD,
    HONE_SLOT_PAST,   /* nobody holds it, nor has in this start of the machine */
    HONE_SLOT_UNKNOWN /* no descriptor, a broken disk: errno says */
} hone_slot_hold;

/* Appends DIR/slots/FOLDER/NAME. */
void hone_slot_path(hone_buf *out, const char *dir, uint32_t folder, const char *name);

/* Takes the lock for the calling process and writes who it is. Returns the descriptor,
 * which must stay open, or -1 with errno (EAGAIN, EACCES: held by another). */
int hone_slot_lock(int slot_fd);

/* Whether a process holds the slot's lock, and which (`owner` may be NULL). A slot that
 * does not exist is free. */
hone_slot_hold hone_slot_probe(const char *dir, uint32_t folder, hone_slot_owner *owner);

/* When process `pid` started, in clock ticks since boot; 0 where there is none. */
uint64_t hone_process_ticks(pid_t pid);

/* Microseconds since 1970 UTC, now. */
hone_time hone_wall_clock(void);

#endif

/* The parts of the local executor: local.c is the interface, local_link.c the connection
 * to a slot's keeper, local_adopt.c the watch over keepers of an earlier orchestrator. */
#ifndef HONE_EXECUTORS_LOCAL_H
#define HONE_EXECUTORS_LOCAL_H

#include <uv.h>

#include <hone/executor.h>

#include "executors/record.h"
#include "executors/wire.h"

typedef struct hone_local hone_local;

/* A keeper that we started, and the socket to it. Freed when its handle has closed. */
typedef struct hone_link {
    hone_local *local;
    uint32_t slot;
    pid_t pid;
    int fd;
    uv_poll_t poll;
    hone_buf input;  /* a frame that is not whole yet */
    hone_buf output; /* what the socket did not take at once */
} hone_link;

typedef enum hone_slot_state { HONE_SLOT_IDLE, HONE_SLOT_BUSY } hone_slot_state;

typedef struct hone_local_slot {
    uint32_t folder;
    hone_link *link; /* NULL: no keeper yet, or no more */
    hone_slot_state state;
    bool broken;           /* its keeper has said that it cannot work, and runs nothing */
    hone_start_record now; /* of BUSY: the attempt; its pid is 0 until it has started */
} hone_local_slot;

/* An attempt in the hands of an earlier orchestrator's keeper. */
typedef struct hone_adopted {
    hone_local *local;
    struct hone_adopted *next;
    hone_start_record start;
    int pidfd; /* of the keeper */
    uv_poll_t poll;
} hone_adopted;

struct hone_local {
    uv_loop_t *loop;
    hone_executor_events events;
    char *dir;
    char *keeper;
    uint64_t nofile; /* the soft limit that keepers get back */
    hone_on_exit on_exit;
    uint32_t n_slots;
    hone_local_slot *slots;
    hone_adopted *adopted;
    hone_buf frame; /* the message being built */
    char
        *read_bytes; /* what a socket is read into; shared, used only during a callback */
    uv_async_t later; /* tells the exits in `due` */
    hone_exit *due;   /* known inside start or adopt, where nothing may be told */
    size_t n_due, due_cap;
    uv_timer_t patience; /* for keepers that do not leave at the end */
    unsigned n_handles;  /* not yet closed */
    enum { HONE_LOCAL_OPEN, HONE_LOCAL_CLOSING } phase;
    void (*closed)(void *arg);
    void *closed_arg;
};

enum { HONE_LOCAL_READ = 64 * 1024 };

/* Every handle's closing ends here; the last one frees `local`. */
void hone_local_handle_closed(hone_local *local);
/* Tells `end` in a later turn of the loop. */
HONE_MUST_CHECK int hone_local_tell_later(hone_local *local, const hone_exit *end);
void hone_local_tell_ended(hone_local *local, const hone_exit *end);

/* Makes sure that the slot has a keeper. Errors: HONE_ESPAWN, HONE_ENOMEM. */
HONE_MUST_CHECK int hone_link_ensure(hone_local *local, uint32_t slot, hone_error *err);
/* Sends local->frame. Errors: HONE_ESPAWN where the keeper is gone, HONE_ENOMEM. */
HONE_MUST_CHECK int hone_link_send(hone_link *link);
/* Ends a keeper that has no attempt and cannot be reached. */
void hone_link_end(hone_link *link);
/* At the end: asks an idle keeper to leave (the link closes when it has), lets a busy one
 * go on by itself. */
void hone_link_part(hone_link *link);
/* Closes at once, whatever the keeper does. */
void hone_link_abandon(hone_link *link);

HONE_MUST_CHECK int hone_adopted_watch(hone_local *local, const hone_leftover *leftover,
                                       hone_error *err);
hone_adopted *hone_adopted_find(hone_local *local, uint64_t trial);
void hone_adopted_kill(const hone_adopted *adopted, hone_kill how);
void hone_adopted_close(hone_adopted *adopted);

#endif

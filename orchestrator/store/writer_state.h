/* The writer from inside: what writer.c, writer_sweep.c and put.c share. */
#ifndef HONE_STORE_WRITER_STATE_H
#define HONE_STORE_WRITER_STATE_H

#include <pthread.h>

#include "store/queue.h"
#include "store/recorder.h"
#include "store/sweep_info.h"
#include "store/writer.h"

/* What the loop's thread and the writer's thread share, under one mutex. */
typedef struct hone_hub {
    pthread_mutex_t mutex;
    pthread_cond_t wake; /* the writer's: something to do */
    pthread_cond_t done; /* flush's: a batch was tried */
    hone_queue filling;  /* what is put */
    size_t whole;        /* its bytes before what may go on: a line, what is joined */
    uint64_t n_open;     /* records behind those */
    bool joining;        /* all that is put goes there */
    size_t writing;      /* bytes that the thread has taken and not yet committed */
    uint64_t tickets;    /* the last one given */
    uint64_t committed;  /* the last one on disk */
    uint64_t failures;   /* tries that failed so far */
    hone_error failure;  /* of the last try; code 0 while all is well */
    uint32_t flushers;   /* waiting: no gathering, no back-off; `hurry` is one, too */
    bool closing;
} hone_hub;

struct hone_writer {
    char *dir;              /* absolute */
    hone_recorder recorder; /* of the writer's thread between start and close */
    hone_hub hub;
    hone_queue batch; /* of the writer's thread: what it has taken */
    pthread_t thread;
    bool started;
    hone_writer_events events;
    int lock_fd; /* the sweep's lock, -1: none */
    hone_sweep_reading info;
    uint32_t n_params;
    int64_t *params;             /* row ids by index into the space; owned */
    hone_buf scratch, json, odd; /* of the loop's thread: the record being packed */
};

/* Queues a finished record; its ticket, 0 where memory is exhausted. Of a line's metrics
 * all are written in one transaction, since where to read on is written with each: they
 * wait in the queue until a record of something else, or hone_writer_seal. */
uint64_t hone_writer_queue(hone_writer *writer, const void *record);

#endif

/* Space on the disk of the store: when trials are not started for want of it. Pure.
 *
 * Below the reserve (64 MiB, on small file systems a twentieth of their size; or 64 files
 * where those are counted) no more trials are started, and again when there is a quarter
 * more than that. The record itself may say that it cannot grow before that is seen, or
 * though it is not so (quotas): then it has to have grown again, too. */
#ifndef HONE_ENGINE_DISK_H
#define HONE_ENGINE_DISK_H

#include <stdbool.h>
#include <stdint.h>

/* What statvfs says. */
typedef struct hone_disk_room {
    uint64_t size, free;            /* bytes; free to this user */
    uint64_t n_files, n_files_free; /* 0 of n_files: not counted */
} hone_disk_room;

typedef enum hone_disk_news {
    HONE_DISK_SAME,
    HONE_DISK_LOW, /* from now on: said[] tells why */
    HONE_DISK_BACK /* and not any more */
} hone_disk_news;

typedef struct hone_disk {
    bool low;
    bool refused;        /* the record could not be written */
    uint64_t refused_at; /* the record had come so far then, as a ticket */
    char said[160];      /* of the last news */
} hone_disk;

/* How it is now; `committed` is the last ticket on disk. */
hone_disk_news hone_disk_look(hone_disk *state, const hone_disk_room *room,
                              uint64_t committed);
/* The record could not be written for want of space. */
hone_disk_news hone_disk_refuse(hone_disk *state, uint64_t committed);

#endif

/* What processes did to the files of a store, in one order: written by disk_recorder.c,
 * which is put before the functions of each of them, read by disk_image.h.
 *
 * The log is a file that all of them map. Operations lie in it one behind the other, each
 * made under the mutex together with the system call that it tells of, so that their
 * order is that of the disk's cache. */
#ifndef HONE_TESTS_DISK_LOG_H
#define HONE_TESTS_DISK_LOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISK_LOG_BYTES = 64 * 1024 * 1024, DISK_NAME_MAX = 256 };

typedef enum disk_op_kind {
    DISK_MAKE,   /* a file, folder or socket `node` appears as `name` in `dir` */
    DISK_WRITE,  /* `len` bytes of data at `at` */
    DISK_CUT,    /* `node` is `at` bytes long from now on */
    DISK_SYNC,   /* what `node` holds (of a folder: its names) is on the disk */
    DISK_FLUSH,  /* everything is */
    DISK_RENAME, /* `name` in `dir` becomes `name2` in `dir2` */
    DISK_UNLINK, /* `name` in `dir` is gone; also a folder's */
    DISK_TOLD    /* bytes that a user has seen */
} disk_op_kind;

typedef enum disk_node_kind { DISK_FILE, DISK_FOLDER, DISK_SOCKET } disk_node_kind;

/* Followed by `len` bytes; `size` counts all of it and keeps the next one aligned. */
typedef struct disk_op {
    uint32_t size, len;
    disk_op_kind kind;
    disk_node_kind made;
    uint64_t node, dir, dir2; /* inode numbers, which may be used again after UNLINK */
    uint64_t at;
    char name[DISK_NAME_MAX], name2[DISK_NAME_MAX];
} disk_op;

typedef struct disk_log {
    pthread_mutex_t mutex; /* shared and robust: whoever holds it may be killed */
    size_t len;
    bool overflow;
    _Alignas(16) char bytes[];
} disk_log;

#endif

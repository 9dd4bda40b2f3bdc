/* An SQLite VFS over the default one that fails, or kills the process, at the N-th write,
 * sync or open. Registered as the default, so that the library under test uses it. */
#ifndef HONE_TESTS_FAULT_VFS_H
#define HONE_TESTS_FAULT_VFS_H

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_FULL,   /* writes fail as on a full disk; syncs and opens pass */
    FAULT_IO,     /* writes, syncs and opens fail */
    FAULT_SYNC,   /* syncs alone fail, after having done their work: outcome unknown */
    FAULT_NO_SHM, /* shared memory cannot be had, as in a folder that is read-only */
    FAULT_KILL    /* SIGKILL before the operation */
} fault_kind;

/* Which operation is hit, and for how long. */
static struct {
    pthread_mutex_t mutex;
    fault_kind kind;
    int at;    /* the operation that is hit first, from 1 */
    int times; /* operations hit from there on */
    int count; /* operations so far */
    int hits;
    bool no_wal; /* files without shared memory, as on network file systems */
    sqlite3_vfs *real;
} fault = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static inline void fault_set(fault_kind kind, int at, int times)
{
    pthread_mutex_lock(&fault.mutex);
    fault.kind = kind;
    fault.at = at;
    fault.times = times;
    fault.count = 0;
    fault.hits = 0;
    pthread_mutex_unlock(&fault.mutex);
}

/* How often the set fault has struck. */
static inline int fault_hits(void)
{
    pthread_mutex_lock(&fault.mutex);
    int hits = fault.hits;
    pthread_mutex_unlock(&fault.mutex);
    return hits;
}

/* Counts an operation; whether it is to fail. */
static inline bool fault_strikes(void)
{
    pthread_mutex_lock(&fault.mutex);
    bool strikes = false;
    if (fault.kind != FAULT_NONE) {
        fault.count++;
        strikes = fault.count >= fault.at && fault.count - fault.at < fault.times;
        fault.hits += strikes;
    }
    bool kills = strikes && fault.kind == FAULT_KILL;
    pthread_mutex_unlock(&fault.mutex);
    if (kills)
        kill(getpid(), SIGKILL);
    return strikes;
}

typedef struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct, in the same block */
} fault_file;

static inline sqlite3_file *fault_real(sqlite3_file *file)
{
    return ((fault_file *)file)->real;
}

static inline int fault_close(sqlite3_file *file)
{
    return fault_real(file)->pMethods->xClose(fault_real(file));
}

static inline int fault_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
    return fault_real(file)->pMethods->xRead(fault_real(file), out, n, at);
}

/* A write that fails has written half, as the real ones may. */
static inline int fault_write(sqlite3_file *file, const void *bytes, int n,
                              sqlite3_int64 at)
{
    sqlite3_file *real = fault_real(file);
    if (fault.kind != FAULT_SYNC && fault_strikes()) {
        (void)real->pMethods->xWrite(real, bytes, n / 2, at);
        return fault.kind == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    return real->pMethods->xWrite(real, bytes, n, at);
}

static inline int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return fault_real(file)->pMethods->xTruncate(fault_real(file), size);
}

static inline int fault_sync(sqlite3_file *file, int flags)
{
    sqlite3_file *real = fault_real(file);
    int rc = real->pMethods->xSync(real, flags);
    return fault.kind != FAULT_FULL && fault_strikes() ? SQLITE_IOERR_FSYNC : rc;
}

static inline int fault_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return fault_real(file)->pMethods->xFileSize(fault_real(file), size);
}

static inline int fault_lock(sqlite3_file *file, int lock)
{
    return fault_real(file)->pMethods->xLock(fault_real(file), lock);
}

static inline int fault_unlock(sqlite3_file *file, int lock)
{
    return fault_real(file)->pMethods->xUnlock(fault_real(file), lock);
}

static inline int fault_reserved(sqlite3_file *file, int *out)
{
    return fault_real(file)->pMethods->xCheckReservedLock(fault_real(file), out);
}

static inline int fault_control(sqlite3_file *file, int operation, void *arg)
{
    return fault_real(file)->pMethods->xFileControl(fault_real(file), operation, arg);
}

static inline int fault_sector(sqlite3_file *file)
{
    return fault_real(file)->pMethods->xSectorSize(fault_real(file));
}

static inline int fault_device(sqlite3_file *file)
{
    return fault_real(file)->pMethods->xDeviceCharacteristics(fault_real(file));
}

static inline int fault_shm_map(sqlite3_file *file, int page, int size, int extend,
                                void volatile **out)
{
    if (fault.kind == FAULT_NO_SHM && fault_strikes()) {
        *out = NULL;
        return SQLITE_CANTOPEN;
    }
    return fault_real(file)->pMethods->xShmMap(fault_real(file), page, size, extend, out);
}

static inline int fault_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return fault_real(file)->pMethods->xShmLock(fault_real(file), offset, n, flags);
}

static inline void fault_shm_barrier(sqlite3_file *file)
{
    fault_real(file)->pMethods->xShmBarrier(fault_real(file));
}

static inline int fault_shm_unmap(sqlite3_file *file, int drop)
{
    return fault_real(file)->pMethods->xShmUnmap(fault_real(file), drop);
}

static const sqlite3_io_methods fault_methods_no_wal = {
    .iVersion = 1,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_reserved,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector,
    .xDeviceCharacteristics = fault_device};

static const sqlite3_io_methods fault_methods = {.iVersion = 2,
                                                 .xClose = fault_close,
                                                 .xRead = fault_read,
                                                 .xWrite = fault_write,
                                                 .xTruncate = fault_truncate,
                                                 .xSync = fault_sync,
                                                 .xFileSize = fault_size,
                                                 .xLock = fault_lock,
                                                 .xUnlock = fault_unlock,
                                                 .xCheckReservedLock = fault_reserved,
                                                 .xFileControl = fault_control,
                                                 .xSectorSize = fault_sector,
                                                 .xDeviceCharacteristics = fault_device,
                                                 .xShmMap = fault_shm_map,
                                                 .xShmLock = fault_shm_lock,
                                                 .xShmBarrier = fault_shm_barrier,
                                                 .xShmUnmap = fault_shm_unmap};

static inline int fault_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
                             int flags, int *out)
{
    (void)vfs;
    fault_file *wrapper = (fault_file *)file;
    wrapper->real = (sqlite3_file *)(void *)(wrapper + 1);
    wrapper->base.pMethods = NULL;
    if ((fault.kind == FAULT_IO || fault.kind == FAULT_KILL) && fault_strikes())
        return SQLITE_CANTOPEN;
    int rc = fault.real->xOpen(fault.real, name, wrapper->real, flags, out);
    if (rc == SQLITE_OK)
        wrapper->base.pMethods = fault.no_wal ? &fault_methods_no_wal : &fault_methods;
    return rc;
}

static inline void fault_register(void)
{
    static sqlite3_vfs vfs;
    fault.real = sqlite3_vfs_find(NULL);
    vfs = *fault.real;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(fault_file) + fault.real->szOsFile;
    vfs.xOpen = fault_open;
    sqlite3_vfs_register(&vfs, 1);
}

#endif

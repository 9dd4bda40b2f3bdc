/* A library for LD_PRELOAD that writes down what a process does to the files of a store
 * (disk_log.h), and lets it believe in another start of the machine.
 *
 *   HONE_DISK_LOG=FILE   the log, made and mapped by the test
 *   HONE_DISK_BOX=DIR    the store is DIR/.hone; what is written to other files of DIR,
 *                        and what hone prints, counts as told to the user
 *   HONE_BOOT=TEXT       what /proc/sys/kernel/random/boot_id says
 *
 * Plain C without sanitizers, which finds the functions behind its own by dlsym. Files
 * are known by their inodes: descriptors are inherited, and names change. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "disk_log.h"

/* Set once, before main. */
static struct {
    disk_log *log;
    char box[PATH_MAX];
    size_t box_len;
    const char *boot;
} recorder;

#define NEXT(name)                                                                       \
    static __typeof__(name) *next;                                                       \
    if (next == NULL)                                                                    \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

static int open_plain(const char *path, int flags, mode_t mode)
{
    static int (*next)(const char *, int, ...);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "open");
    return next(path, flags, mode);
}

__attribute__((constructor)) static void open_log(void)
{
    const char *path = getenv("HONE_DISK_LOG"), *box = getenv("HONE_DISK_BOX");
    recorder.boot = getenv("HONE_BOOT");
    if (path == NULL || box == NULL || strlen(box) >= sizeof recorder.box)
        return;
    strcpy(recorder.box, box);
    recorder.box_len = strlen(box);
    int fd = open_plain(path, O_RDWR | O_CLOEXEC, 0);
    void *log =
        fd < 0 ? MAP_FAILED
               : mmap(NULL, DISK_LOG_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (log == MAP_FAILED)
        abort();
    recorder.log = log;
}

/* ---- the log ---- */

static void lock_log(void)
{
    if (pthread_mutex_lock(&recorder.log->mutex) == EOWNERDEAD)
        (void)pthread_mutex_consistent(&recorder.log->mutex);
}

static void unlock_log(void)
{
    (void)pthread_mutex_unlock(&recorder.log->mutex);
}

/* With the mutex held. */
static void add_op(disk_op *op, const void *data, size_t len)
{
    disk_log *log = recorder.log;
    size_t size = (sizeof *op + len + 15) / 16 * 16;
    if (sizeof *log + log->len + size > DISK_LOG_BYTES) {
        log->overflow = true;
        return;
    }
    op->size = (uint32_t)size;
    op->len = (uint32_t)len;
    memcpy(log->bytes + log->len, op, sizeof *op);
    if (len > 0)
        memcpy(log->bytes + log->len + sizeof *op, data, len);
    log->len += size;
}

static void tell(const void *data, size_t len)
{
    disk_op op = {.kind = DISK_TOLD};
    lock_log();
    add_op(&op, data, len);
    unlock_log();
}

/* ---- whose file it is ---- */

typedef enum place { ELSEWHERE, IN_STORE, IN_BOX } place;

static place place_of(const char *path)
{
    static const char store[] = "/.hone";
    if (recorder.log == NULL || strncmp(path, recorder.box, recorder.box_len) != 0)
        return ELSEWHERE;
    const char *rest = path + recorder.box_len;
    if (strncmp(rest, store, sizeof store - 1) == 0 &&
        (rest[sizeof store - 1] == '/' || rest[sizeof store - 1] == '\0'))
        return IN_STORE;
    return *rest == '/' ? IN_BOX : ELSEWHERE;
}

/* Shared memory is no file of the disk, whatever holds it. */
static bool is_shared_memory(const char *path)
{
    size_t len = strlen(path);
    return len > 4 && strcmp(path + len - 4, "-shm") == 0;
}

static bool path_of_fd(int fd, char path[static PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX - 1);
    path[n > 0 ? n : 0] = '\0';
    return n > 0 && path[0] == '/';
}

/* What `fd` is; errno stays. */
static place fd_place(int fd, struct stat *status)
{
    char path[PATH_MAX];
    int saved = errno;
    place found = ELSEWHERE;
    if (recorder.log != NULL && fstat(fd, status) == 0 &&
        (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode)) && path_of_fd(fd, path) &&
        !is_shared_memory(path))
        found = place_of(path);
    /* The box itself: its names, of which the store is one. */
    if (found == ELSEWHERE && recorder.log != NULL && strcmp(path, recorder.box) == 0)
        found = IN_STORE;
    errno = saved;
    return found;
}

/* A name in a folder. */
typedef struct entry {
    place place;
    bool there;
    uint64_t dir, node;
    const char *name;
    char path[2 * PATH_MAX];
} entry;

static void find_entry(int dir_fd, const char *path, entry *found)
{
    int saved = errno;
    char base[PATH_MAX] = "";
    struct stat status;
    *found = (entry){.place = ELSEWHERE};
    if (recorder.log == NULL)
        return;
    if (path[0] != '/' && (dir_fd == AT_FDCWD ? getcwd(base, sizeof base) == NULL
                                              : !path_of_fd(dir_fd, base)))
        base[0] = '\0';
    int n = snprintf(found->path, sizeof found->path, "%s%s%s", base,
                     base[0] != '\0' ? "/" : "", path);
    while (n > 1 && found->path[n - 1] == '/')
        found->path[--n] = '\0';
    char *slash = strrchr(found->path, '/');
    found->place = is_shared_memory(found->path) ? ELSEWHERE : place_of(found->path);
    if (found->place == IN_STORE && slash != NULL) {
        found->name = slash + 1;
        found->there = lstat(found->path, &status) == 0;
        found->node = status.st_ino;
        *slash = '\0';
        if (stat(found->path, &status) != 0)
            found->place = ELSEWHERE;
        found->dir = status.st_ino;
        *slash = '/';
    }
    errno = saved;
}

static void name_op(disk_op *op, const entry *entry)
{
    op->dir = entry->dir;
    snprintf(op->name, sizeof op->name, "%s", entry->name);
}

static void add_made(const entry *entry, disk_node_kind made)
{
    struct stat status;
    disk_op op = {.kind = DISK_MAKE, .made = made};
    if (lstat(entry->path, &status) != 0)
        return;
    op.node = status.st_ino;
    name_op(&op, entry);
    add_op(&op, NULL, 0);
}

/* ---- files ---- */

static bool asks_for_boot(const char *path)
{
    return recorder.boot != NULL && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0;
}

static int open_boot(void)
{
    int fd = memfd_create("boot_id", MFD_CLOEXEC);
    if (fd >= 0 && (write(fd, recorder.boot, strlen(recorder.boot)) < 0 ||
                    write(fd, "\n", 1) < 0 || lseek(fd, 0, SEEK_SET) != 0))
        abort();
    return fd;
}

typedef int open_fn(int dir_fd, const char *path, int flags, mode_t mode);

static int open_anywhere(open_fn *next, int dir_fd, const char *path, int flags,
                         mode_t mode)
{
    entry entry;
    if (asks_for_boot(path))
        return open_boot();
    if ((flags & (O_CREAT | O_TRUNC)) == 0)
        return next(dir_fd, path, flags, mode);
    find_entry(dir_fd, path, &entry);
    if (entry.place != IN_STORE)
        return next(dir_fd, path, flags, mode);
    lock_log();
    find_entry(dir_fd, path, &entry);
    int fd = next(dir_fd, path, flags, mode);
    int saved = errno;
    if (fd >= 0 && !entry.there) {
        add_made(&entry, DISK_FILE);
    } else if (fd >= 0 && (flags & O_TRUNC) != 0) {
        disk_op op = {.kind = DISK_CUT, .node = entry.node};
        add_op(&op, NULL, 0);
    }
    unlock_log();
    errno = saved;
    return fd;
}

#define WRAP_OPEN(name)                                                                  \
    static int name##_really(int dir_fd, const char *path, int flags, mode_t mode)       \
    {                                                                                    \
        (void)dir_fd;                                                                    \
        static int (*next)(const char *, int, ...);                                      \
        if (next == NULL)                                                                \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                   \
        return next(path, flags, mode);                                                  \
    }                                                                                    \
    int name(const char *path, int flags, ...)                                           \
    {                                                                                    \
        va_list list;                                                                    \
        va_start(list, flags);                                                           \
        mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;                 \
        va_end(list);                                                                    \
        return open_anywhere(name##_really, AT_FDCWD, path, flags, mode);                \
    }

#define WRAP_OPENAT(name)                                                                \
    static int name##_really(int dir_fd, const char *path, int flags, mode_t mode)       \
    {                                                                                    \
        static int (*next)(int, const char *, int, ...);                                 \
        if (next == NULL)                                                                \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                   \
        return next(dir_fd, path, flags, mode);                                          \
    }                                                                                    \
    int name(int dir_fd, const char *path, int flags, ...)                               \
    {                                                                                    \
        va_list list;                                                                    \
        va_start(list, flags);                                                           \
        mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;                 \
        va_end(list);                                                                    \
        return open_anywhere(name##_really, dir_fd, path, flags, mode);                  \
    }

WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP_OPENAT(openat)
WRAP_OPENAT(openat64)

/* ---- content ---- */

typedef ssize_t write_fn(int fd, const void *bytes, size_t n, off_t at);

enum { AT_POSITION = -1 };

static ssize_t write_anywhere(write_fn *next, int fd, const void *bytes, size_t n,
                              off_t at)
{
    struct stat status;
    place place = fd_place(fd, &status);
    if (place == IN_BOX)
        tell(bytes, n);
    if (place != IN_STORE)
        return next(fd, bytes, n, at);
    lock_log();
    off_t from = at;
    int flags = fcntl(fd, F_GETFL);
    if (at == AT_POSITION && (flags & O_APPEND) != 0 && fstat(fd, &status) == 0)
        from = status.st_size;
    else if (at == AT_POSITION)
        from = lseek(fd, 0, SEEK_CUR);
    ssize_t done = next(fd, bytes, n, at);
    int saved = errno;
    if (done > 0) {
        disk_op op = {.kind = DISK_WRITE, .node = status.st_ino, .at = (uint64_t)from};
        add_op(&op, bytes, (size_t)done);
    }
    unlock_log();
    errno = saved;
    return done;
}

#define WRAP_WRITE(name, params, args, at)                                               \
    static ssize_t name##_really(int fd, const void *bytes, size_t n, off_t offset)      \
    {                                                                                    \
        (void)offset;                                                                    \
        NEXT(name);                                                                      \
        return next args;                                                                \
    }                                                                                    \
    ssize_t name params                                                                  \
    {                                                                                    \
        return write_anywhere(name##_really, fd, bytes, n, at);                          \
    }

WRAP_WRITE(write, (int fd, const void *bytes, size_t n), (fd, bytes, n), AT_POSITION)
WRAP_WRITE(pwrite, (int fd, const void *bytes, size_t n, off_t offset),
           (fd, bytes, n, offset), offset)
WRAP_WRITE(pwrite64, (int fd, const void *bytes, size_t n, off64_t offset),
           (fd, bytes, n, offset), offset)

/* What was put into a file without passing through this process. */
static void add_content(int fd, uint64_t node, off_t from, size_t len)
{
    char path[64], bytes[16 * 1024];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int file = open_plain(path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        abort();
    for (size_t done = 0; done < len;) {
        size_t want = len - done < sizeof bytes ? len - done : sizeof bytes;
        ssize_t n = pread(file, bytes, want, from + (off_t)done);
        if (n <= 0)
            abort();
        disk_op op = {.kind = DISK_WRITE, .node = node, .at = (uint64_t)from + done};
        add_op(&op, bytes, (size_t)n);
        done += (size_t)n;
    }
    close(file);
}

ssize_t splice(int in, off64_t *in_at, int out, off64_t *out_at, size_t len,
               unsigned flags)
{
    NEXT(splice);
    struct stat status;
    if (fd_place(out, &status) != IN_STORE)
        return next(in, in_at, out, out_at, len, flags);
    lock_log();
    off_t from = out_at != NULL ? *out_at : lseek(out, 0, SEEK_CUR);
    ssize_t done = next(in, in_at, out, out_at, len, flags);
    int saved = errno;
    if (done > 0)
        add_content(out, status.st_ino, from, (size_t)done);
    unlock_log();
    errno = saved;
    return done;
}

/* What changes one file and has nothing to tell but its size. */
static int change_file(int fd, int (*next)(int fd, off_t at), disk_op_kind kind, off_t at)
{
    struct stat status;
    if (fd_place(fd, &status) != IN_STORE)
        return next(fd, at);
    lock_log();
    int code = next(fd, at);
    int saved = errno;
    if (code == 0) {
        disk_op op = {.kind = kind, .node = status.st_ino, .at = (uint64_t)at};
        add_op(&op, NULL, 0);
    }
    unlock_log();
    errno = saved;
    return code;
}

#define WRAP_CHANGE(kind, name, params, args, at)                                        \
    static int name##_really(int fd, off_t size)                                         \
    {                                                                                    \
        (void)size;                                                                      \
        NEXT(name);                                                                      \
        return next args;                                                                \
    }                                                                                    \
    int name params                                                                      \
    {                                                                                    \
        return change_file(fd, name##_really, kind, at);                                 \
    }

WRAP_CHANGE(DISK_CUT, ftruncate, (int fd, off_t size), (fd, size), size)
WRAP_CHANGE(DISK_CUT, ftruncate64, (int fd, off64_t size), (fd, size), size)
WRAP_CHANGE(DISK_SYNC, fsync, (int fd), (fd), 0)
WRAP_CHANGE(DISK_SYNC, fdatasync, (int fd), (fd), 0)
WRAP_CHANGE(DISK_FLUSH, syncfs, (int fd), (fd), 0)

/* ---- names ---- */

static int unlink_anywhere(int (*next)(int, const char *, int), int dir_fd,
                           const char *path, int flags)
{
    entry entry;
    find_entry(dir_fd, path, &entry);
    if (entry.place != IN_STORE)
        return next(dir_fd, path, flags);
    lock_log();
    int code = next(dir_fd, path, flags);
    int saved = errno;
    if (code == 0) {
        disk_op op = {.kind = DISK_UNLINK};
        name_op(&op, &entry);
        add_op(&op, NULL, 0);
    }
    unlock_log();
    errno = saved;
    return code;
}

static int unlinkat_really(int dir_fd, const char *path, int flags)
{
    NEXT(unlinkat);
    return next(dir_fd, path, flags);
}

int unlinkat(int dir_fd, const char *path, int flags)
{
    return unlink_anywhere(unlinkat_really, dir_fd, path, flags);
}

int unlink(const char *path)
{
    return unlink_anywhere(unlinkat_really, AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlink_anywhere(unlinkat_really, AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int dir_fd, const char *path, mode_t mode)
{
    NEXT(mkdirat);
    entry entry;
    find_entry(dir_fd, path, &entry);
    if (entry.place != IN_STORE)
        return next(dir_fd, path, mode);
    lock_log();
    int code = next(dir_fd, path, mode);
    int saved = errno;
    if (code == 0)
        add_made(&entry, DISK_FOLDER);
    unlock_log();
    errno = saved;
    return code;
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int renameat(int dir_fd, const char *path, int dir_fd2, const char *path2)
{
    NEXT(renameat);
    entry from, to;
    find_entry(dir_fd, path, &from);
    find_entry(dir_fd2, path2, &to);
    if (from.place != IN_STORE || to.place != IN_STORE)
        return next(dir_fd, path, dir_fd2, path2);
    lock_log();
    int code = next(dir_fd, path, dir_fd2, path2);
    int saved = errno;
    if (code == 0) {
        disk_op op = {.kind = DISK_RENAME, .node = from.node, .dir2 = to.dir};
        name_op(&op, &from);
        snprintf(op.name2, sizeof op.name2, "%s", to.name);
        add_op(&op, NULL, 0);
    }
    unlock_log();
    errno = saved;
    return code;
}

int rename(const char *path, const char *path2)
{
    return renameat(AT_FDCWD, path, AT_FDCWD, path2);
}

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
    NEXT(bind);
    entry entry = {.place = ELSEWHERE};
    char path[sizeof(struct sockaddr_un) + 1] = "";
    size_t head = offsetof(struct sockaddr_un, sun_path);
    if (address->sa_family == AF_UNIX && len > head) {
        memcpy(path, ((const struct sockaddr_un *)(const void *)address)->sun_path,
               len - head);
        if (path[0] != '\0')
            find_entry(AT_FDCWD, path, &entry);
    }
    if (entry.place != IN_STORE)
        return next(fd, address, len);
    lock_log();
    int code = next(fd, address, len);
    int saved = errno;
    if (code == 0)
        add_made(&entry, DISK_SOCKET);
    unlock_log();
    errno = saved;
    return code;
}

/* ---- what is said ---- */

/* stdio writes by calls that nothing can be put before. What is told counts from before
 * it is printed. */
int fprintf(FILE *stream, const char *format, ...)
{
    char text[4096];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (recorder.log != NULL && n > 0 && (stream == stderr || stream == stdout))
        tell(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
    va_start(list, format);
    n = vfprintf(stream, format, list);
    va_end(list);
    return n;
}

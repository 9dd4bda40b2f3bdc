/* Opening a store to read. A WAL database wants shared memory beside it even to be read;
 * where that is missing and cannot be made (someone else's folder, a read-only disk), the
 * database and its WAL are copied to a temporary folder and read there. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/paths.h"
#include "store/schema.h"
#include "store/store_state.h"

#include "base/banned.h"

enum { COPY_TRIES = 5 };

/* What tells whether a file changed while it was copied. */
typedef struct stamp {
    off_t size;
    struct timespec changed;
    bool there;
} stamp;

static stamp stamp_of(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return (stamp){0};
    return (stamp){.size = info.st_size, .changed = info.st_mtim, .there = true};
}

static bool same_stamp(stamp a, stamp b)
{
    return a.there == b.there && a.size == b.size &&
           a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec;
}

static int copy_bytes(int from, int to)
{
    char block[65536];
    for (;;) {
        ssize_t n = read(from, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? 0 : errno;
        for (ssize_t done = 0; done < n;) {
            ssize_t wrote = write(to, block + done, (size_t)(n - done));
            if (wrote < 0 && errno != EINTR)
                return errno;
            done += wrote > 0 ? wrote : 0;
        }
    }
}

/* Copies one file; one that is not there is copied as nothing. */
static int copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return errno == ENOENT ? 0 : errno;
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int error = out < 0 ? errno : copy_bytes(in, out);
    if (out >= 0)
        close(out);
    close(in);
    return error;
}

/* The names of the database's files in one folder. */
typedef struct file_pair {
    char *db, *wal, *shm;
} file_pair;

static int name_files(file_pair *files, const char *dir)
{
    *files = (file_pair){.db = hone_path_in(dir, "hone.db"),
                         .wal = hone_path_in(dir, "hone.db-wal"),
                         .shm = hone_path_in(dir, "hone.db-shm")};
    return files->db != NULL && files->wal != NULL && files->shm != NULL ? 0 : ENOMEM;
}

static void release_files(file_pair *files)
{
    free(files->db);
    free(files->wal);
    free(files->shm);
}

/* Copies both files as they were at one moment, or gives up with EAGAIN: between the two
 * a checkpoint may move pages from the one to the other. */
static int copy_pair(const file_pair *from, const file_pair *to)
{
    for (int i = 0; i < COPY_TRIES; i++) {
        stamp db = stamp_of(from->db), wal = stamp_of(from->wal);
        int error = copy_file(from->db, to->db);
        if (error == 0)
            error = copy_file(from->wal, to->wal);
        if (error != 0)
            return error;
        if (same_stamp(db, stamp_of(from->db)) && same_stamp(wal, stamp_of(from->wal)))
            return 0;
        unlink(to->wal);
    }
    return EAGAIN;
}

static int open_copied(hone_db *db, const char *dir, const char *temp, hone_error *err)
{
    file_pair from, to;
    int error = name_files(&from, dir);
    if (name_files(&to, temp) != 0)
        error = ENOMEM;
    if (error == 0)
        error = copy_pair(&from, &to);
    int rc = error == 0
                 ? hone_db_open(db, temp, HONE_DB_COPY, err)
                 : hone_store_fail(from.db != NULL ? from.db : dir, "read", error, err);
    /* SQLite has them open by now; nothing is left behind, however the program ends. */
    if (error != ENOMEM) {
        unlink(to.shm);
        unlink(to.wal);
        unlink(to.db);
    }
    release_files(&from);
    release_files(&to);
    return rc;
}

static int open_copy(hone_db *db, const char *dir, hone_error *err)
{
    const char *base = getenv("TMPDIR");
    char *temp =
        hone_path_in(base != NULL && base[0] == '/' ? base : "/tmp", "hone-XXXXXX");
    if (temp == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    int rc;
    if (mkdtemp(temp) == NULL) {
        rc = hone_store_fail(temp, "make the folder", errno, err);
    } else {
        rc = open_copied(db, dir, temp, err);
        rmdir(temp);
    }
    free(temp);
    return rc;
}

int hone_db_open_reader(hone_db *db, const char *dir, hone_error *err)
{
    hone_error first = {0};
    int rc = hone_db_open(db, dir, HONE_DB_READ, &first);
    if (rc != HONE_ESTORE)
        return rc == HONE_OK ? rc : hone_error_set(err, rc, "%s", first.text);
    char *path = hone_path_in(dir, "hone.db");
    bool readable = path != NULL && access(path, R_OK) == 0;
    free(path);
    if (readable && open_copy(db, dir, err) == HONE_OK)
        return HONE_OK;
    return hone_error_set(err, rc, "%s", first.text);
}

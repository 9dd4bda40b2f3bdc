/* Opening a store to read. A WAL database wants shared memory beside it even to be read,
 * and a database whose writer was killed in the middle of a rollback journal wants to be
 * rolled back; both are writing. Where the one cannot be had (someone else's folder, a
 * read-only disk) or the other is needed, the database and what belongs to it are copied
 * to a temporary folder and read there. */
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

/* The database's files in one folder; shared memory is made anew, never copied. */
enum { COPIED_FILES = 3, ALL_FILES = 4 };

typedef struct file_set {
    char *paths[ALL_FILES]; /* owned */
} file_set;

static int name_files(file_set *files, const char *dir)
{
    static const char *const names[ALL_FILES] = {"hone.db", "hone.db-wal",
                                                 "hone.db-journal", "hone.db-shm"};
    int error = 0;
    for (int i = 0; i < ALL_FILES; i++) {
        files->paths[i] = hone_path_in(dir, names[i]);
        error = files->paths[i] != NULL ? error : ENOMEM;
    }
    return error;
}

static void release_files(file_set *files)
{
    for (int i = 0; i < ALL_FILES; i++)
        free(files->paths[i]);
}

static void unlink_files(const file_set *files)
{
    for (int i = 0; i < ALL_FILES; i++)
        if (files->paths[i] != NULL)
            unlink(files->paths[i]);
}

/* Copies the files as they were at one moment, or gives up with EAGAIN: between the first
 * and the last a checkpoint may move pages from one to the other. */
static int copy_files(const file_set *from, const file_set *to)
{
    for (int i = 0; i < COPY_TRIES; i++) {
        stamp before[COPIED_FILES];
        bool same = true;
        for (int j = 0; j < COPIED_FILES; j++)
            before[j] = stamp_of(from->paths[j]);
        for (int j = 0; j < COPIED_FILES; j++) {
            int error = copy_file(from->paths[j], to->paths[j]);
            if (error != 0)
                return error;
        }
        for (int j = 0; j < COPIED_FILES; j++)
            same = same && same_stamp(before[j], stamp_of(from->paths[j]));
        if (same)
            return 0;
        unlink_files(to);
    }
    return EAGAIN;
}

/* Opens it and reads for the first time, which is when SQLite looks at the files. */
static int open_checked(hone_db *db, const char *dir, hone_db_mode mode, hone_error *err)
{
    int64_t version = 0;
    int rc = hone_db_open(db, dir, mode, err);
    if (rc != HONE_OK)
        return rc;
    rc = hone_db_number(db, HONE_QUERY_USER_VERSION, &version, err);
    if (rc != HONE_OK)
        hone_db_close(db);
    return rc;
}

static int open_copied(hone_db *db, const char *dir, const char *temp, hone_error *err)
{
    file_set from, to;
    int error = name_files(&from, dir);
    if (name_files(&to, temp) != 0)
        error = ENOMEM;
    if (error == 0)
        error = copy_files(&from, &to);
    int rc = error == 0 ? open_checked(db, temp, HONE_DB_COPY, err)
                        : hone_store_fail(dir, "copy", error, err);
    if (rc == HONE_OK) { /* messages name the store, not the copy */
        free(db->path);
        db->path = from.paths[0];
        from.paths[0] = NULL;
    }
    /* SQLite has them open by now; nothing is left behind, however the program ends. */
    unlink_files(&to);
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
    int rc = open_checked(db, dir, HONE_DB_READ, &first);
    if (rc != HONE_ESTORE)
        return rc == HONE_OK ? rc : hone_error_set(err, rc, "%s", first.text);
    char *path = hone_path_in(dir, "hone.db");
    bool readable = path != NULL && access(path, R_OK) == 0;
    free(path);
    if (readable && open_copy(db, dir, err) == HONE_OK)
        return HONE_OK;
    return hone_error_set(err, rc, "%s", first.text);
}

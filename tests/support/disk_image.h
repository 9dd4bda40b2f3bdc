/* What a disk holds after the power was lost at some operation of a log (disk_log.h).
 *
 *   image_open  image_clear  image_scan?  (the processes that are recorded run)
 *   (image_build  image_told)*  image_close
 *
 * The model of the disk:
 *
 * - What a file holds is durable once the file was synced after it was written; the names
 *   in a folder are durable once the folder was synced. To sync a file does nothing for
 *   its name, and nothing for its folders.
 * - What is not durable may be there or not, each on its own, whatever its order: each
 *   sector of a write, each change of a size, each name that was made, moved or removed.
 *   A rename happens as a whole or not at all.
 * - Shared memory (-shm) is not on the disk.
 *
 * DISK_NOTHING and DISK_ALL are the two ends of what this allows. DISK_SOME draws
 * from between, with a seed: sectors of 512 or 4096 bytes, and how much survives. With
 * DISK_HOLES names and sizes are there and what was to be in the files is not, as file
 * systems leave them that write sizes before content. */
#ifndef HONE_TESTS_DISK_IMAGE_H
#define HONE_TESTS_DISK_IMAGE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "disk_log.h"

typedef enum disk_fate { DISK_NOTHING, DISK_ALL, DISK_SOME, DISK_HOLES } disk_fate;

enum { IMAGE_OPS = 64 * 1024, IMAGE_NODES = 4096, IMAGE_NAMES = 8192 };

typedef struct image_node {
    uint64_t number;
    disk_node_kind kind;
    char *bytes; /* owned */
    size_t len;
} image_node;

typedef struct image_name {
    int dir, node; /* indices of nodes; node -1: gone */
    const char *name;
} image_name;

struct image {
    disk_log *log;
    char log_path[300], box[256];
    uint64_t box_node;
    const disk_op *ops[IMAGE_OPS];
    unsigned n_ops;
    image_node nodes[IMAGE_NODES];
    int n_nodes;
    image_name names[IMAGE_NAMES];
    int n_names;
    /* For the build: which node the numbers of each operation meant when it was made. */
    int meant[IMAGE_OPS][3]; /* node, dir, dir2 */
    bool durable[IMAGE_OPS];
};

static inline void image_fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static inline void image_open(struct image *image, const char *box, const char *name)
{
    struct stat status;
    pthread_mutexattr_t attributes;
    memset(image, 0, sizeof *image);
    snprintf(image->box, sizeof image->box, "%s", box);
    snprintf(image->log_path, sizeof image->log_path, "%s/%s", box, name);
    int fd = open(image->log_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, DISK_LOG_BYTES) != 0 || stat(box, &status) != 0)
        image_fail(image->log_path);
    image->log = mmap(NULL, DISK_LOG_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (image->log == MAP_FAILED)
        image_fail(image->log_path);
    close(fd);
    image->box_node = status.st_ino;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&image->log->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static inline void image_drop_nodes(struct image *image)
{
    for (int i = 0; i < image->n_nodes; i++)
        free(image->nodes[i].bytes);
    image->n_nodes = image->n_names = 0;
}

static inline void image_close(struct image *image)
{
    image_drop_nodes(image);
    munmap(image->log, DISK_LOG_BYTES);
}

static inline void image_clear(struct image *image)
{
    image->log->len = 0;
    image->log->overflow = false;
}

/* ---- what is there before anything is recorded ---- */

static inline void image_add(struct image *image, disk_op *op, const char *bytes,
                             size_t len)
{
    disk_log *log = image->log;
    op->size = (uint32_t)((sizeof *op + len + 15) / 16 * 16);
    op->len = (uint32_t)len;
    if (sizeof *log + log->len + op->size > DISK_LOG_BYTES)
        image_fail("the log is too short");
    memcpy(log->bytes + log->len, op, sizeof *op);
    if (len > 0)
        memcpy(log->bytes + log->len + sizeof *op, bytes, len);
    log->len += op->size;
}

static inline void image_scan_file(struct image *image, const char *path, uint64_t node,
                                   size_t len)
{
    disk_op op = {.kind = DISK_WRITE, .node = node};
    char *bytes = malloc(len + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (bytes == NULL || fd < 0 || read(fd, bytes, len) != (ssize_t)len)
        image_fail(path);
    image_add(image, &op, bytes, len);
    close(fd);
    free(bytes);
}

static inline void image_scan_folder(struct image *image, const char *path,
                                     uint64_t number)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        image_fail(path);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char below[600];
        struct stat status;
        size_t len = strlen(entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            (number == image->box_node && strcmp(entry->d_name, ".hone") != 0) ||
            (len > 4 && strcmp(entry->d_name + len - 4, "-shm") == 0))
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (lstat(below, &status) != 0)
            image_fail(below);
        disk_op op = {.kind = DISK_MAKE, .node = status.st_ino, .dir = number};
        op.made = S_ISDIR(status.st_mode)   ? DISK_FOLDER
                  : S_ISREG(status.st_mode) ? DISK_FILE
                                            : DISK_SOCKET;
        snprintf(op.name, sizeof op.name, "%s", entry->d_name);
        image_add(image, &op, NULL, 0);
        if (op.made == DISK_FOLDER)
            image_scan_folder(image, below, status.st_ino);
        else if (op.made == DISK_FILE)
            image_scan_file(image, below, status.st_ino, (size_t)status.st_size);
    }
    closedir(dir);
}

/* The store as it is now is on the disk. */
static inline void image_scan(struct image *image)
{
    disk_op op = {.kind = DISK_FLUSH};
    image_scan_folder(image, image->box, image->box_node);
    image_add(image, &op, NULL, 0);
}

/* Returns how many operations there are. */
static inline unsigned image_load(struct image *image)
{
    const disk_log *log = image->log;
    image->n_ops = 0;
    for (size_t at = 0; at < log->len;) {
        const disk_op *op = (const disk_op *)(const void *)(log->bytes + at);
        if (image->n_ops == IMAGE_OPS || log->overflow)
            image_fail("the log is too long");
        image->ops[image->n_ops++] = op;
        at += op->size;
    }
    return image->n_ops;
}

/* ---- nodes and names ---- */

static inline int image_find_node(const struct image *image, uint64_t number)
{
    for (int i = image->n_nodes - 1; i >= 0; i--)
        if (image->nodes[i].number == number)
            return i;
    return -1;
}

static inline int image_add_node(struct image *image, uint64_t number,
                                 disk_node_kind kind)
{
    if (image->n_nodes == IMAGE_NODES)
        image_fail("too many files");
    image->nodes[image->n_nodes] = (image_node){.number = number, .kind = kind};
    return image->n_nodes++;
}

static inline void image_set_name(struct image *image, int dir, const char *name,
                                  int node)
{
    int i = 0;
    while (i < image->n_names &&
           (image->names[i].dir != dir || strcmp(image->names[i].name, name) != 0))
        i++;
    if (i == IMAGE_NAMES)
        image_fail("too many names");
    image->n_names += i == image->n_names;
    image->names[i] = (image_name){.dir = dir, .node = node, .name = name};
}

static inline int image_get_name(const struct image *image, int dir, const char *name)
{
    for (int i = 0; i < image->n_names; i++)
        if (image->names[i].dir == dir && strcmp(image->names[i].name, name) == 0)
            return image->names[i].node;
    return -1;
}

/* Gives the numbers of the first `n` operations their meaning: one is used again once its
 * file is gone. */
static inline void image_number(struct image *image, unsigned n)
{
    image_drop_nodes(image);
    image_add_node(image, image->box_node, DISK_FOLDER);
    for (unsigned i = 0; i < n; i++) {
        const disk_op *op = image->ops[i];
        int node = op->kind == DISK_MAKE ? image_add_node(image, op->node, op->made)
                                         : image_find_node(image, op->node);
        image->meant[i][0] = node;
        image->meant[i][1] = image_find_node(image, op->dir);
        image->meant[i][2] = image_find_node(image, op->dir2);
    }
}

static inline bool image_is_naming(const disk_op *op)
{
    return op->kind == DISK_MAKE || op->kind == DISK_RENAME || op->kind == DISK_UNLINK;
}

/* From the end to the start: whose sync is still to come. */
static inline void image_find_durable(struct image *image, unsigned n)
{
    static bool synced[IMAGE_NODES];
    bool flushed = false;
    memset(synced, 0, sizeof synced);
    for (unsigned i = n; i-- > 0;) {
        const disk_op *op = image->ops[i];
        const int *meant = image->meant[i];
        int at = image_is_naming(op) ? meant[1] : meant[0];
        flushed |= op->kind == DISK_FLUSH;
        if (op->kind == DISK_SYNC && at >= 0)
            synced[at] = true;
        image->durable[i] = flushed || (at >= 0 && synced[at] &&
                                        (op->kind != DISK_RENAME || synced[meant[2]]));
    }
}

/* ---- content ---- */

static inline void image_resize(image_node *node, size_t len)
{
    char *bytes = realloc(node->bytes, len + 1);
    if (bytes == NULL)
        image_fail("memory");
    if (len > node->len)
        memset(bytes + node->len, 0, len - node->len);
    node->bytes = bytes;
    node->len = len;
}

static inline unsigned image_draw(unsigned *seed, unsigned n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

/* How likely it is, in eighths, that something survives, and in which sectors. */
typedef struct image_luck {
    disk_fate fate;
    unsigned seed, eighths, sector;
} image_luck;

static inline bool image_survives(image_luck *luck)
{
    return luck->fate == DISK_ALL || luck->fate == DISK_HOLES ||
           (luck->fate == DISK_SOME && image_draw(&luck->seed, 8) < luck->eighths);
}

static inline void image_write(image_node *node, const disk_op *op, size_t from,
                               size_t to)
{
    if (op->at + to > node->len)
        image_resize(node, op->at + to);
    if (to > from)
        memcpy(node->bytes + op->at + from, (const char *)(op + 1) + from, to - from);
}

/* A write that is not durable, sector by sector of the file. */
static inline void image_write_some(image_node *node, const disk_op *op, image_luck *luck)
{
    if (luck->fate == DISK_HOLES) {
        if (op->at + op->len > node->len)
            image_resize(node, op->at + op->len);
        return;
    }
    for (size_t from = 0, to; from < op->len; from = to) {
        to = from + luck->sector - (op->at + from) % luck->sector;
        to = to < op->len ? to : op->len;
        if (image_survives(luck))
            image_write(node, op, from, to);
    }
}

static inline void image_apply(struct image *image, unsigned i, image_luck *luck)
{
    const disk_op *op = image->ops[i];
    const int *meant = image->meant[i];
    bool durable = image->durable[i];
    if (op->kind == DISK_WRITE && meant[0] >= 0) {
        image_node *node = &image->nodes[meant[0]];
        if (durable)
            image_write(node, op, 0, op->len);
        else
            image_write_some(node, op, luck);
        return;
    }
    if (op->kind == DISK_SYNC || op->kind == DISK_FLUSH || op->kind == DISK_TOLD ||
        (!durable && !image_survives(luck)))
        return;
    if (op->kind == DISK_CUT && meant[0] >= 0)
        image_resize(&image->nodes[meant[0]], op->at);
    else if (op->kind == DISK_MAKE)
        image_set_name(image, meant[1], op->name, meant[0]);
    else if (op->kind == DISK_UNLINK)
        image_set_name(image, meant[1], op->name, -1);
    else if (op->kind == DISK_RENAME) {
        for (int k = 0; k < image->n_names; k++) /* it has one name, whatever was lost */
            if (image->names[k].node == meant[0])
                image->names[k].node = -1;
        image_set_name(image, meant[1], op->name, -1);
        image_set_name(image, meant[2], op->name2, meant[0]);
    }
}

/* ---- to the disk ---- */

static inline void image_put_file(const char *path, const image_node *node)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 ||
        (node->len > 0 && write(fd, node->bytes, node->len) != (ssize_t)node->len))
        image_fail(path);
    close(fd);
}

/* A socket that nobody listens at. */
static inline void image_put_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t len = strlen(path);
    if (len >= sizeof address.sun_path)
        image_fail(path);
    memcpy(address.sun_path, path, len);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        image_fail(path);
    close(fd);
}

static inline void image_put_folder(const struct image *image, int dir, const char *path)
{
    for (int i = 0; i < image->n_names; i++) {
        const image_name *name = &image->names[i];
        if (name->dir != dir || name->node < 0)
            continue;
        char below[1024];
        const image_node *node = &image->nodes[name->node];
        snprintf(below, sizeof below, "%s/%s", path, name->name);
        if (node->kind == DISK_FILE)
            image_put_file(below, node);
        else if (node->kind == DISK_SOCKET)
            image_put_socket(below);
        else if (mkdir(below, 0777) != 0)
            image_fail(below);
        else
            image_put_folder(image, name->node, below);
    }
}

/* Makes BOX/.hone, which must not be there, what it is after a loss of power before
 * operation `n`. */
static inline void image_build(struct image *image, unsigned n, disk_fate fate,
                               unsigned seed)
{
    static const unsigned eighths[] = {1, 4, 7};
    image_luck luck = {.fate = fate, .seed = seed};
    luck.sector = image_draw(&luck.seed, 2) == 0 ? 512 : 4096;
    luck.eighths = eighths[image_draw(&luck.seed, 3)];
    image_number(image, n);
    image_find_durable(image, n);
    for (unsigned i = 0; i < n; i++)
        image_apply(image, i, &luck);
    image_put_folder(image, 0, image->box);
}

/* All that was told before operation `n`, behind what is in `text`. */
static inline void image_told(const struct image *image, unsigned n, char *text,
                              size_t size)
{
    size_t len = strlen(text);
    for (unsigned i = 0; i < n; i++) {
        const disk_op *op = image->ops[i];
        size_t left = size - 1 - len;
        size_t take = op->len < left ? op->len : left;
        if (op->kind != DISK_TOLD)
            continue;
        memcpy(text + len, op + 1, take);
        len += take;
    }
    text[len] = '\0';
}

#endif

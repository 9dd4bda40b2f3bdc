/* Process trees: whom to signal, and what is left of them.
 *
 * The keeper is the subreaper of its attempt: whatever the attempt leaves behind, however
 * it detached itself, becomes the keeper's own child sooner or later. */
#ifndef HONE_EXECUTORS_TREE_H
#define HONE_EXECUTORS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* SIGTERM (and SIGCONT, so that a stopped process can take it) once to every descendant
 * of the calling process; those in process group `pgid` get it through the group. `pgid`
 * must be the group of a child that has not been waited for. Linear in the number of
 * descendants. */
void hone_tree_terminate(pid_t pgid);

/* SIGKILL to all children of the calling process and the whole of `pgid` where one of
 * them still belongs to it. Their children come to the caller when they have died: call
 * it again after each wait until there is nothing to wait for. */
void hone_tree_kill(pid_t pgid);

/* Bytes that all descendants of the calling process have in memory.
 *
 *   RESIDENT      quickly, and never too few: pages that several of them share, or that
 * are files of the disk in memory, count for each of them OWN           what would be
 * free without them: pages of their own, and their part of those that they share; files
 * of the disk do not count. Costs time, in proportion to what they have. */
typedef enum hone_tree_measure { HONE_TREE_RESIDENT, HONE_TREE_OWN } hone_tree_measure;

uint64_t hone_tree_memory(hone_tree_measure measure);

/* For a tree whose keeper is gone: SIGKILL to every process that has `tag` (NAME=VALUE)
 * in the environment it was started with, to its descendants and to its session, again
 * and again until none is left or a second has passed. Returns how many are left.
 * Processes of the caller's own session are never meant: an attempt has one of its own,
 * and a shell in which somebody looks into a failure may well have the tag. */
size_t hone_tree_hunt(const char *tag);

/* Whether any process, the caller's session aside, was started with a variable in its
 * environment that begins with `tag`. One look at all processes. */
bool hone_tree_tagged(const char *tag);

#endif

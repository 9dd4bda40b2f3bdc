/* A sampler of the user's: a program that is asked for trials over JSON lines.
 *
 *   new  (ask -> answered | failed, tell, forget)*  close  (the loop turns)  free
 *
 * It is started with the first ask, and again where it died; then it is told of all
 * trials so far, in the order of their numbers, before it is asked once more. Nothing
 * waits for it: an answer takes as long as it takes. docs/external.md has the protocol.
 * Whoever turns the loop ignores SIGPIPE. */
#ifndef HONE_ENGINE_EXTERNAL_H
#define HONE_ENGINE_EXTERNAL_H

#include "engine/external_wire.h"
#include "engine/known.h"

struct uv_loop_s;

typedef struct hone_external hone_external;

typedef struct hone_external_options {
    struct uv_loop_s *loop; /* all that is pointed to is borrowed */
    const hone_spec *spec;  /* with `external` */
    const char *sweep;      /* its name */
    const hone_known *known;
    /* Appends the lines of trials from `first` on, as many as it likes and at least one,
     * and tells in *next with which number to go on; 0: these were all. */
    int (*recall)(void *arg, uint64_t first, hone_buf *out, uint64_t *next,
                  hone_error *err);
    /* To an ask: `config` is lent until the next one; NULL unless SUGGESTED. */
    void (*answered)(void *arg, hone_suggestion answer, const hone_config *config);
    /* It cannot be had: no more answers, ever. `code` is a HONE_E*. */
    void (*failed)(void *arg, int code, const char *why);
    void (*said)(void *arg, const char *line); /* for the user; may be NULL */
    void *arg;
} hone_external_options;

enum {
    HONE_EXTERNAL_DEATHS = 3, /* without an answer in between, before it is given up */
    HONE_EXTERNAL_WRONG = 100 /* answers of no use, one after the other, likewise */
};

HONE_MUST_CHECK int hone_external_new(const hone_external_options *options,
                                      hone_external **out, hone_error *err);
/* One at a time: not before the last was answered or forgotten. */
void hone_external_ask(hone_external *external, uint64_t number);
/* What has become of a trial; where it does not run, it is told when it does. */
void hone_external_tell(hone_external *external, const hone_external_trial *trial);
/* The answer, should it still come, is of no interest any more. */
void hone_external_forget(hone_external *external);
/* Ends it: SIGTERM, and SIGKILL two seconds later, to its process group. Its handles are
 * closed when the loop has nothing left. NULL is fine. */
void hone_external_close(hone_external *external);
/* After that. NULL is fine. */
void hone_external_free(hone_external *external);

#endif

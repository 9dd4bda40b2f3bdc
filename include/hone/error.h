/* Errors: one list of codes, and the struct that carries the detail of a failure.
 *
 * Every function that can fail returns an int: 0, or one of the negative HONE_E* below.
 * The detail (which file, which value, what would be right) goes to the hone_error that
 * the caller passes as the last argument; NULL there means "the code is enough". */
#ifndef HONE_ERROR_H
#define HONE_ERROR_H

#define HONE_MUST_CHECK          __attribute__((warn_unused_result))
#define HONE_PRINTF(text, first) __attribute__((format(printf, text, first)))

#if defined(HONE_BUILDING)
#    define HONE_API __attribute__((visibility("default")))
#else
#    define HONE_API
#endif

/* Name, number, text. The numbers are part of the ABI: append, never renumber. */
#define HONE_ERROR_MAP(XX)                                                               \
    XX(NOMEM, 1, "out of memory")                                                        \
    XX(USAGE, 2, "wrong usage")                                                          \
    XX(SPEC, 3, "the spec is not valid")                                                 \
    XX(UNSUPPORTED, 4, "not yet supported")                                              \
    XX(NOTFOUND, 5, "not found")                                                         \
    XX(IO, 6, "input or output failed")                                                  \
    XX(LIMIT, 7, "a limit was exceeded")                                                 \
    XX(STORE, 8, "the store cannot be used")                                             \
    XX(HELD, 9, "the sweep is held by a live orchestrator")                              \
    XX(DAMAGED, 10, "the store is damaged")                                              \
    XX(FULL, 11, "no space left")                                                        \
    XX(NEWER, 12, "the store is newer than this program")                                \
    XX(CHANGED, 13, "the spec changed its meaning")                                      \
    XX(SYNTAX, 14, "syntax error")                                                       \
    XX(RANGE, 15, "out of range")                                                        \
    XX(SPAWN, 16, "the process could not be started")                                    \
    XX(REFUSED, 17, "refused")

enum {
    HONE_OK = 0,
#define XX(name, number, text) HONE_E##name = -(number),
    HONE_ERROR_MAP(XX)
#undef XX
};

/* The detail of one failure. Value type; no ownership. */
typedef struct hone_error {
    int code;       /* HONE_E*, 0 while nothing failed */
    char text[500]; /* one line, lower case, no full stop: what, value, limit, remedy */
} hone_error;

/* The name of a code ("HONE_ENOMEM") or NULL for an unknown one. Static storage. */
HONE_API const char *hone_error_name(int code);

/* The general text of a code ("out of memory"), never NULL. Static storage. */
HONE_API const char *hone_error_text(int code);

/* Fills `err` (which may be NULL) with `code` and a formatted line, cut at its size.
 * Returns `code`, so that `return hone_error_set(err, HONE_EIO, ...)` is one statement.
 */
HONE_API int hone_error_set(hone_error *err, int code, const char *format, ...)
    HONE_PRINTF(3, 4);

#endif

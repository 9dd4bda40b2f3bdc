/* How the program ends, and what it says on stderr: one line, "hone: " in front. */
#ifndef HONE_CLI_EXIT_H
#define HONE_CLI_EXIT_H

#include <hone/error.h>

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, /* something ran and failed */
    EXIT_WRONG = 2,  /* wrong usage or spec */
    EXIT_STORE = 3   /* the store cannot be used */
};

/* The exit status of an error code. */
int hone_exit_status(int code);
/* Says `err` (its general text where it has none) and returns its exit status. */
int hone_exit_error(const hone_error *err, int code);
/* Says a line and returns EXIT_WRONG. */
int hone_exit_wrong(const char *format, ...) HONE_PRINTF(1, 2);
/* Says a line. */
void hone_say(const char *format, ...) HONE_PRINTF(1, 2);

#endif

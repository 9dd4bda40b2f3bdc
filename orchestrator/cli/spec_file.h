/* The operand SPEC: read, with everything that is wrong with it said on stderr. */
#ifndef HONE_CLI_SPEC_FILE_H
#define HONE_CLI_SPEC_FILE_H

#include <hone/spec.h>

enum purpose {
    FOR_READING, /* errors alone refuse it */
    FOR_ASKING,  /* and so does what is not yet supported; a command is not needed */
    FOR_RUNNING  /* so does a spec without a command, too */
};

/* Reads `path`. Returns an exit status; where it is EXIT_DONE, *out is the caller's. */
HONE_MUST_CHECK int hone_cli_spec_load(const char *path, enum purpose purpose,
                                       hone_spec **out);
/* Says the diagnostics of a spec already read, and whether it will do. */
HONE_MUST_CHECK int hone_cli_spec_admit(const hone_spec *spec, enum purpose purpose);
/* Says all diagnostics. */
void hone_cli_spec_say(const hone_spec *spec);

/* What is wrong with the pattern of rule `i` of `metrics`, which only compiling it tells.
 */
struct pattern_fault {
    hone_diagnostic diagnostic;
    char text[512], source[201];
};
/* Says what is wrong with the patterns; returns how many are. */
uint32_t hone_cli_patterns_say(const hone_spec *spec);
/* False where nothing is; the diagnostic borrows from `fault`. */
bool hone_cli_pattern_fault(const hone_spec *spec, uint32_t i,
                            struct pattern_fault *fault);

#endif

/* Command templates: a `command` of a spec, compiled once, expanded for every trial by
 * hone_command_expand (<hone/spec.h>). */
#ifndef HONE_SPEC_TEMPLATE_H
#define HONE_SPEC_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#include <hone/spec.h>

#include "base/arena.h"

/* Compiles `command`: NULL (the default ${env} ${interpreter} ${program} ${args}), a TEXT
 * (a shell string) or a LIST whose items are the elements. `program` may be NULL; an
 * element ${program} is then an error. Everything is borrowed or copied into `arena`,
 * which must outlive *out.
 *
 * Errors: HONE_ESPEC (in a string: a ${name} that is neither a parameter nor the shell's,
 * with the nearest name, or a place where no value can be quoted safely; a macro that
 * needs a program; something unclosed), with *bad_item the index of the element (0 for a
 * string) and *bad_offset the byte in its text; HONE_ENOMEM.
 *
 * Success with a remark: returns 0 and sets err->code to HONE_ENOTFOUND with a line, and
 * *bad_item and *bad_offset, where an element is as a whole an unknown ${name}, which
 * vanishes (W&B's rule), and where a name that stays as it is looks like a slip. Of
 * several, the first. err->code is 0 where there is no remark. */
HONE_MUST_CHECK int hone_command_compile(const hone_value *command, const char *program,
                                         const hone_space *space, hone_arena *arena,
                                         const hone_command **out, uint32_t *bad_item,
                                         size_t *bad_offset, hone_error *err);

#endif

/* The linker's --wrap sends each call here. The counter is one for the program, since an
 * allocator has no argument to carry it. */
#include "failing_alloc.h"

#include <stdatomic.h>
#include <stddef.h>

#include <yaml.h>

#include "base/arena.h"

#define WRAPPED_MAP(XX)                                                                  \
    XX(void *, malloc, (size_t size), (size))                                            \
    XX(void *, calloc, (size_t n, size_t size), (n, size))                               \
    XX(void *, realloc, (void *old, size_t size), (old, size))                           \
    XX(char *, strdup, (const char *text), (text))                                       \
    XX(char *, strndup, (const char *text, size_t len), (text, len))                     \
    XX(void *, hone_arena_alloc, (hone_arena * arena, size_t size), (arena, size))       \
    XX(char *, hone_arena_copy, (hone_arena * arena, const char *text, size_t len),      \
       (arena, text, len))

static struct {
    atomic_bool active, failed;
    failing_mode mode;
    uint64_t at;            /* the allocation that fails */
    atomic_uint_fast64_t n; /* allocations so far, of whatever thread */
} failing;

void failing_alloc_start(uint64_t at, failing_mode mode)
{
    failing.failed = false;
    failing.mode = mode;
    failing.at = at;
    failing.n = 0;
    failing.active = true;
}

bool failing_alloc_stop(void)
{
    failing.active = false;
    return failing.failed;
}

static bool fails_now(void)
{
    if (!failing.active)
        return false;
    if (atomic_fetch_add(&failing.n, 1) + 1 == failing.at) {
        failing.failed = true;
        return true;
    }
    return failing.failed && failing.mode == FAIL_ON;
}

#define XX(type, name, params, args)                                                     \
    type __real_##name params;                                                           \
    type __wrap_##name params;                                                           \
    type __wrap_##name params                                                            \
    {                                                                                    \
        return fails_now() ? NULL : __real_##name args;                                  \
    }
WRAPPED_MAP(XX)
#undef XX

int __real_yaml_parser_initialize(yaml_parser_t *parser);
int __wrap_yaml_parser_initialize(yaml_parser_t *parser);
int __real_yaml_parser_parse(yaml_parser_t *parser, yaml_event_t *event);
int __wrap_yaml_parser_parse(yaml_parser_t *parser, yaml_event_t *event);

int __wrap_yaml_parser_initialize(yaml_parser_t *parser)
{
    return fails_now() ? 0 : __real_yaml_parser_initialize(parser);
}

int __wrap_yaml_parser_parse(yaml_parser_t *parser, yaml_event_t *event)
{
    if (!fails_now())
        return __real_yaml_parser_parse(parser, event);
    parser->error = YAML_MEMORY_ERROR;
    return 0;
}

/* A reactor for tests: events in, actions out. */
#ifndef HONE_TESTS_REACTOR_RIG_H
#define HONE_TESTS_REACTOR_RIG_H

#include "engine/reactor.h"

static const hone_space no_params = {0};
static const hone_config no_values = {0};

typedef struct rig {
    hone_spec spec;
    hone_reactor reactor;
    hone_actions actions;
} rig;

/* A sweep of endlessly many trials, `concurrency` at a time. */
static inline void open_rig(rig *r, uint32_t concurrency, uint32_t n_slots)
{
    r->spec.space = &no_params;
    hone_reactor_options options = {.spec = &r->spec,
                                    .concurrency = concurrency,
                                    .n_slots = n_slots,
                                    .planned = UINT64_MAX};
    assert_int_equal(hone_reactor_init(&r->reactor, &options), HONE_OK);
}

static inline void close_rig(rig *r)
{
    assert_false(r->actions.failed);
    hone_actions_release(&r->actions);
    hone_reactor_release(&r->reactor);
}

static inline void begin(rig *r)
{
    hone_reactor_begin(&r->reactor, &r->actions);
}

static inline void send(rig *r, const hone_event *event)
{
    r->actions.n = 0;
    hone_reactor_step(&r->reactor, event, &r->actions);
}

static inline void tell(rig *r, hone_event_kind kind, uint64_t number)
{
    send(r, &(hone_event){.kind = kind, .number = number, .config = &no_values});
}

static inline void end_badly(rig *r, uint64_t number, hone_exit exit)
{
    send(r, &(hone_event){.kind = HONE_EVENT_ENDED, .number = number, .exit = &exit});
}

/* The first action of a kind in the last answer, or NULL. */
static const hone_action *find(const rig *r, hone_action_kind kind)
{
    for (uint32_t i = 0; i < r->actions.n; i++)
        if (r->actions.items[i].kind == kind)
            return &r->actions.items[i];
    return NULL;
}

static inline uint32_t count(const rig *r, hone_action_kind kind)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->actions.n; i++)
        n += r->actions.items[i].kind == kind;
    return n;
}

/* From the suggestion to the start of trials first..last, each as soon as it can. */
static inline void start_trials(rig *r, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++) {
        tell(r, HONE_EVENT_SUGGESTED, 0);
        assert_int_equal(find(r, HONE_ACTION_RECORD)->number, i);
        tell(r, HONE_EVENT_RECORDED, i);
        assert_int_equal(find(r, HONE_ACTION_START)->number, i);
        tell(r, HONE_EVENT_STARTED, i);
    }
}

#endif

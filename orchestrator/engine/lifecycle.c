/* The life of a trial as a table. */
#include "engine/lifecycle.h"

#include <assert.h>

/* Cells are the next state plus one, so that an unlisted cell (0) is illegal. */
#define TO(state) ((unsigned char)(HONE_STATE_##state + 1))

static const unsigned char table[HONE_N_STATES][HONE_N_STEPS] = {
    [HONE_STATE_NEW] =
        {
            [HONE_STEP_RECORDED] = TO(PENDING),
            [HONE_STEP_RESTED] = TO(RESTING), /* of the record */
        },
    [HONE_STATE_PENDING] =
        {
            [HONE_STEP_START] = TO(STARTING),
            [HONE_STEP_CANCELLED] = TO(CANCELLED),
        },
    [HONE_STATE_STARTING] =
        {
            [HONE_STEP_STARTED] = TO(RUNNING),
            [HONE_STEP_STOP] = TO(STOPPING),
            [HONE_STEP_SUCCEEDED] = TO(COMPLETED),
            [HONE_STEP_FAILED] = TO(FAILED),
            [HONE_STEP_RESTED] = TO(RESTING),
            [HONE_STEP_UNDONE] = TO(PENDING),
            [HONE_STEP_CANCELLED] = TO(CANCELLED),
        },
    [HONE_STATE_RUNNING] =
        {
            [HONE_STEP_STOP] = TO(STOPPING),
            [HONE_STEP_SUCCEEDED] = TO(COMPLETED),
            [HONE_STEP_FAILED] = TO(FAILED),
            [HONE_STEP_RESTED] = TO(RESTING),
            [HONE_STEP_UNDONE] = TO(PENDING),
            [HONE_STEP_CANCELLED] = TO(CANCELLED),
        },
    [HONE_STATE_STOPPING] =
        {
            /* The word of its start may still have been on the way. */
            [HONE_STEP_STARTED] = TO(STOPPING),
            [HONE_STEP_STOP] = TO(STOPPING),
            [HONE_STEP_SUCCEEDED] = TO(COMPLETED),
            [HONE_STEP_FAILED] = TO(FAILED),
            [HONE_STEP_PRUNED] = TO(PRUNED),
            [HONE_STEP_RESTED] = TO(RESTING),
            [HONE_STEP_UNDONE] = TO(PENDING),
            [HONE_STEP_CANCELLED] = TO(CANCELLED),
        },
    [HONE_STATE_RESTING] =
        {
            [HONE_STEP_RECORDED] = TO(PENDING),
            [HONE_STEP_CANCELLED] = TO(CANCELLED),
        },
};

hone_state hone_lifecycle_next(hone_state state, hone_step step)
{
    assert(state < HONE_N_STATES && step < HONE_N_STEPS);
    unsigned char cell = table[state][step];
    return cell == 0 ? HONE_N_STATES : (hone_state)(cell - 1);
}

hone_status hone_lifecycle_status(hone_state state)
{
    static const hone_status words[HONE_N_STATES] = {
        [HONE_STATE_NEW] = HONE_STATUS_PENDING,
        [HONE_STATE_PENDING] = HONE_STATUS_PENDING,
        [HONE_STATE_STARTING] = HONE_STATUS_RUNNING,
        [HONE_STATE_RUNNING] = HONE_STATUS_RUNNING,
        [HONE_STATE_STOPPING] = HONE_STATUS_RUNNING,
        [HONE_STATE_RESTING] = HONE_STATUS_PRUNED,
        [HONE_STATE_COMPLETED] = HONE_STATUS_COMPLETED,
        [HONE_STATE_FAILED] = HONE_STATUS_FAILED,
        [HONE_STATE_PRUNED] = HONE_STATUS_PRUNED,
        [HONE_STATE_CANCELLED] = HONE_STATUS_CANCELLED,
    };
    assert(state < HONE_N_STATES);
    return words[state];
}

bool hone_lifecycle_final(hone_state state)
{
    assert(state < HONE_N_STATES);
    return state >= HONE_STATE_COMPLETED;
}

const char *hone_lifecycle_state_name(hone_state state)
{
    static const char *const names[HONE_N_STATES] = {
        "new",     "pending",   "starting", "running", "stopping",
        "resting", "completed", "failed",   "pruned",  "cancelled"};
    assert(state < HONE_N_STATES);
    return names[state];
}

const char *hone_lifecycle_step_name(hone_step step)
{
    static const char *const names[HONE_N_STEPS] = {
        "recorded", "start",  "started", "stop",   "succeeded",
        "failed",   "pruned", "rested",  "undone", "cancelled"};
    assert(step < HONE_N_STEPS);
    return names[step];
}

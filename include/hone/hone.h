/* Everything public, for a program that embeds hone. */
#ifndef HONE_HONE_H
#define HONE_HONE_H

#include <hone/ask.h>
#include <hone/buf.h>
#include <hone/control.h>
#include <hone/error.h>
#include <hone/executor.h>
#include <hone/export.h>
#include <hone/filter.h>
#include <hone/importance.h>
#include <hone/json.h>
#include <hone/metrics.h>
#include <hone/option.h>
#include <hone/pareto.h>
#include <hone/plan.h>
#include <hone/space.h>
#include <hone/spec.h>
#include <hone/stats.h>
#include <hone/store.h>
#include <hone/strategy.h>
#include <hone/sweep.h>
#include <hone/trial.h>
#include <hone/value.h>

#define HONE_VERSION "0.1.0"

#endif

/* The choice of marks on machines without a version of their own. */
#include "output/marks.h"

#include "base/banned.h"

hone_marks_fn hone_marks_choose(void)
{
    return hone_marks_plain;
}

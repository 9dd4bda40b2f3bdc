/* The program hone. */
#include <hone/error.h>

int main(void)
{
    return HONE_OK;
}

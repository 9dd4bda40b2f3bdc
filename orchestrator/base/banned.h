/* Functions that have no place in hone; naming one after this header fails to compile.
 *
 * How to use it: the LAST #include of a .c file. A system header that came after it would
 * itself trip over the names, and so would a macro that is expanded from one.
 *
 *   strcpy strcat sprintf vsprintf gets    no bound: memcpy, snprintf, hone_buf_*
 *   strtok                                 hidden state: strchr, strcspn, strspn
 *   rand srand                             hidden state: draws by counter (seed, number)
 *   localtime gmtime asctime ctime         static storage: hone_time_write
 *   system popen                           a shell of their own: the executors */
#ifndef HONE_BASE_BANNED_H
#define HONE_BASE_BANNED_H

#pragma GCC poison strcpy strcat sprintf vsprintf gets
#pragma GCC poison strtok rand srand
#pragma GCC poison localtime gmtime asctime ctime
#pragma GCC poison system popen

#endif

// A plan is code in this process: when it crashes, nothing but a signal handler can still speak.

#include "cbgrun_last_words.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { slots = 8, room = 4000, stack_size = 64 * 1024 };

struct words {
  char crash[room];
  char exit[room];
  int status;
};

static struct words ring[slots];
static _Atomic(struct words *) current;
static atomic_int ending;
static unsigned next;
static char stack[stack_size];

static void copy(char *to, const char *from) {
  size_t length = strlen(from);
  if (length >= room) length = room - 1;
  memcpy(to, from, length);
  to[length] = 0;
}

// Callers take turns (they are on the main actor); a handler may read at any time, and once one
// has begun the words stay as they are.
void bg_last_words_set(const char *on_crash, const char *on_exit, int status) {
  if (atomic_load(&ending)) return;
  struct words *words = &ring[next++ % slots];
  copy(words->crash, on_crash);
  copy(words->exit, on_exit);
  words->status = status;
  atomic_store(&current, words);
}

void bg_last_words_clear(void) { atomic_store(&current, NULL); }

static void say(const char *text) {
  size_t length = strlen(text);
  while (length > 0) {
    ssize_t count = write(STDERR_FILENO, text, length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text += count;
    length -= (size_t)count;
  }
}

// Another thread may just be telling us which step this is: it gets a moment to do so.
static void wait_a_moment(void) {
  struct timespec moment = {0, 700 * 1000 * 1000};
  nanosleep(&moment, NULL);
}

static void on_crash(int signal_number) {
  if (atomic_load(&current)) wait_a_moment();
  int first = !atomic_exchange(&ending, 1);
  struct words *words = atomic_load(&current);
  if (words == NULL) {
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    return;
  }
  if (first) say(words->crash);
  _exit(words->status);
}

static void on_exit_call(void) {
  if (atomic_load(&current) == NULL || atomic_load(&ending)) return;
  wait_a_moment();
  struct words *words = atomic_load(&current);
  if (words == NULL) return;
  say(words->exit);
  _exit(words->status);
}

int bg_last_words_install(void) {
  stack_t alternate = {.ss_sp = stack, .ss_size = stack_size};
  if (sigaltstack(&alternate, NULL) != 0) return 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_crash;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  const int crashes[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE};
  for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
    if (sigaction(crashes[i], &action, NULL) != 0) return 0;
  }
  return atexit(on_exit_call) == 0;
}

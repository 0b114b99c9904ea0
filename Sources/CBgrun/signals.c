#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "cbgrun_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int watch_pipe[2] = {-1, -1};

static void on_signal(int signal_number) {
  int saved = errno;
  unsigned char byte = (unsigned char)signal_number;
  ssize_t ignored = write(watch_pipe[1], &byte, 1);
  (void)ignored;
  errno = saved;
}

static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// The pipe stays for good: a handler that has just begun must not write into another file.
static int open_pipe(void) {
  if (watch_pipe[0] >= 0) return 0;
  if (pipe(watch_pipe) != 0) return -1;
  for (int i = 0; i < 2; i++) {
    fcntl(watch_pipe[i], F_SETFD, FD_CLOEXEC);
    fcntl(watch_pipe[i], F_SETFL, O_NONBLOCK);
  }
  return 0;
}

int bg_signals_watch(void) {
  if (open_pipe() != 0) return -1;
  struct sigaction action, before;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  // A program that starts others from a thread of a pool hands that thread's blocked signals on.
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
    if (sigaction(watched[i], NULL, &before) != 0) return -1;
    if (before.sa_handler == SIG_IGN) continue;
    if (sigaction(watched[i], &action, NULL) != 0) return -1;
    sigaddset(&set, watched[i]);
  }
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  return watch_pipe[0];
}

int bg_signals_unwatch(void) {
  struct sigaction present;
  for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
    if (sigaction(watched[i], NULL, &present) == 0 && present.sa_handler == on_signal)
      signal(watched[i], SIG_DFL);
  }
  unsigned char byte;
  return watch_pipe[0] >= 0 && read(watch_pipe[0], &byte, 1) == 1 ? byte : 0;
}

void bg_signals_ignore_pipe(void) { signal(SIGPIPE, SIG_IGN); }

void bg_output_by_line(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

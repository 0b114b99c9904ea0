#ifndef BGRUN_SIGNALS_H
#define BGRUN_SIGNALS_H

/// Makes SIGINT, SIGTERM, SIGHUP and SIGQUIT arrive as bytes (the signal's number) at a pipe; those
/// that were ignored when the process began stay ignored. The calling thread takes them even if it
/// was started with them blocked.
///
/// Returns the descriptor to read from, or -1.
int bg_signals_watch(void);

/// Makes them end the process again; returns the first one that arrived and was not read, or 0.
int bg_signals_unwatch(void);

/// Makes a write to a closed pipe fail instead of ending the process.
void bg_signals_ignore_pipe(void);

/// Makes what a plan prints arrive line by line, in order with what bgrun writes itself.
void bg_output_by_line(void);

#endif

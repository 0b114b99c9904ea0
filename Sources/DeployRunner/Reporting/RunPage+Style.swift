extension RunPage {
  static let style = """
    :root { color-scheme: light dark;
      --bg: #f6f7f9; --card: #fff; --ink: #1b1f24; --dim: #626c78; --line: #e3e6ea;
      --track: #eceff3; --ok: #18794e; --okbg: #e3f5ea; --bad: #c62828; --badbg: #fdecec;
      --warn: #8a5a00; --warnbg: #fdf3dc; --blue: #2f6fde; --green: #1f9d55; --step: #7c8aa0; }
    @media (prefers-color-scheme: dark) { :root {
      --bg: #0f1216; --card: #181c22; --ink: #e7eaee; --dim: #98a2b0; --line: #2a3038;
      --track: #242a32; --ok: #5bd08f; --okbg: #12301f; --bad: #ff7b72; --badbg: #3a1717;
      --warn: #e8b959; --warnbg: #33270d; --blue: #4f8bf5; --green: #2fb56a; --step: #7f8da3; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--bg); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
    main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 1rem; }
    h1 { font-size: clamp(1.7rem, 5vw, 2.5rem); line-height: 1.15; margin: .1em 0 .4em;
      letter-spacing: -.02em; overflow-wrap: anywhere; }
    h1 span { color: var(--dim); font-weight: 500; }
    h2 { font-size: 1.05rem; margin: 0 0 .9rem; }
    p { margin: 0 0 .7rem; }
    .origin, footer { color: var(--dim); font-size: .88rem; margin: 0; }
    footer { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem 2.5rem; }
    .verdict { display: inline-flex; flex-wrap: wrap; gap: .2rem .8rem; padding: .35rem .9rem;
      border-radius: 1.2rem; }
    .verdict.ok { color: var(--ok); background: var(--okbg); }
    .verdict.bad { color: var(--bad); background: var(--badbg); }
    .verdict.warn { color: var(--warn); background: var(--warnbg); }
    .reason { color: var(--dim); }
    .cards { list-style: none; margin: 1rem 0 0; padding: 0; display: grid; gap: .75rem;
      grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
    .cards li, section { background: var(--card); border: 1px solid var(--line);
      border-radius: .8rem; }
    .cards li { padding: .8rem 1rem; }
    .cards b { display: block; font-size: 1.7rem; line-height: 1.2; letter-spacing: -.02em;
      font-variant-numeric: tabular-nums; }
    .cards span { color: var(--dim); font-size: .88rem; }
    .cards .ok b { color: var(--ok); }
    .cards .bad b { color: var(--bad); }
    section { padding: 1.1rem 1.25rem; margin-top: 1rem; }
    .failure { border-color: var(--bad); background: var(--badbg); }
    .failure h2 { color: var(--bad); margin-bottom: .4rem; }
    .place { margin: 0; color: var(--dim); }
    code, pre { font: .85em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
    code { overflow-wrap: anywhere; }
    pre { background: var(--track); border-radius: .5rem; padding: .6rem .8rem; margin: 0 0 .7rem;
      white-space: pre-wrap; overflow-wrap: anywhere; max-height: 22rem; overflow: auto; }
    .lane { display: grid; grid-template-columns: 14rem 1fr 4.2rem; gap: 0 .8rem;
      align-items: center; padding: .22rem 0; }
    .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .93rem; }
    .time { text-align: right; color: var(--dim); font-size: .85rem;
      font-variant-numeric: tabular-nums; }
    .track { position: relative; height: 1.15rem; background: var(--track);
      border-radius: .3rem; }
    .axis { padding-top: 1.1rem; }
    .axis .switch { top: .2rem; }
    .axis .track, .step .track { background: none; }
    .step .track::before { content: ""; position: absolute; inset: 50% 0 auto; height: 1px;
      background: var(--line); }
    .bar { position: absolute; top: 0; bottom: 0; min-width: 3px; border-radius: .3rem;
      background: var(--step); overflow: hidden; color: #fff; font-size: .72rem; font-weight: 600;
      text-align: center; line-height: 1.15rem; }
    .bar.blue { background: var(--blue); border-radius: 0; }
    .bar.green { background: var(--green); border-radius: 0; }
    .bar.between { background: repeating-linear-gradient(90deg, var(--blue) 0 4px,
      var(--green) 4px 8px); border-radius: 0; }
    .bar.bad { background: var(--bad); }
    .bar.warn { background: var(--warn); }
    .bar.off { background: var(--dim); opacity: .4; }
    .switch { position: absolute; top: -.3rem; bottom: -.3rem; width: 0; z-index: 1;
      border-left: 2px dashed var(--green); opacity: .75; }
    .strip { position: absolute; inset: 0; width: 100%; height: 100%; }
    .strip .good { fill: var(--step); }
    .strip .bad { fill: var(--bad); }
    .requests .track { height: 2.4rem; }
    .track em { position: absolute; transform: translateX(-50%); font-size: .78rem;
      line-height: 1.15rem; font-style: normal; color: var(--dim); white-space: nowrap; }
    .track em:first-of-type { transform: none; }
    .track em.label { top: -1.1rem; color: var(--green); font-weight: 600; }
    .mark { font-style: normal; font-weight: 700; display: inline-block; width: 1.1em;
      color: var(--dim); }
    .mark.ok { color: var(--ok); }
    .mark.bad { color: var(--bad); }
    .mark.warn { color: var(--warn); }
    summary { list-style: none; cursor: pointer; border-radius: .4rem; }
    summary::-webkit-details-marker { display: none; }
    summary:hover { background: var(--track); }
    summary .name::after { content: " ▸"; color: var(--dim); }
    details[open] summary .name::after { content: " ▾"; }
    .inside { padding: .4rem 0 .5rem 1.3rem; font-size: .92rem; }
    .inside p { margin-bottom: .4rem; overflow-wrap: anywhere; }
    .command small { color: var(--dim); white-space: nowrap; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .9rem; width: 100%;
      font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: .35rem .6rem; border-top: 1px solid var(--line);
      white-space: nowrap; }
    tr:first-child th { border: 0; color: var(--dim); font-weight: 500; }
    th:first-child { text-align: left; font-weight: 500; padding-left: 0; }
    .failures { margin: .9rem 0 0; padding-left: 1.1rem; color: var(--bad); font-size: .93rem; }
    .graph { display: block; width: 100%; height: auto; margin: 0 auto; }
    .graph path { fill: none; stroke: var(--dim); stroke-width: 1.5; opacity: .6; }
    .graph rect { fill: var(--track); stroke: var(--line); }
    .graph text { fill: var(--ink); font-size: 13px; text-anchor: middle; }
    .graph .ok rect { fill: var(--okbg); stroke: var(--ok); }
    .graph .bad rect { fill: var(--badbg); stroke: var(--bad); stroke-width: 2; }
    .graph .warn rect { fill: var(--warnbg); stroke: var(--warn); }
    .graph .none, .graph .off { opacity: .55; }
    .graph .cut rect { stroke-width: 3; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: 0;
      font-size: .93rem; }
    dt { color: var(--dim); }
    dd { margin: 0; overflow-wrap: anywhere; }
    @media (max-width: 40rem) {
      main { padding: 1.2rem .8rem .6rem; }
      section { padding: .9rem .9rem; }
      .cards { grid-template-columns: 1fr 1fr; gap: .6rem; }
      .cards b { font-size: 1.4rem; }
      .lane { grid-template-columns: 1fr auto; gap: .1rem .6rem; padding: .3rem 0; }
      .track { grid-row: 2; grid-column: 1 / -1; height: .8rem; }
      .bar { line-height: .8rem; font-size: .65rem; }
      .axis .track { height: 1.1rem; }
      .requests .track { height: 2rem; }
      .axis .name, .axis .time { display: none; }
      dl { grid-template-columns: 1fr; gap: 0; }
      dd { margin-bottom: .5rem; }
      th, td { padding: .35rem .4rem; }
      td:nth-child(4), th:nth-child(4) { display: none; }
    }
    @media print { body { background: #fff; } section, .cards li { break-inside: avoid; } }
    """
}

/** English: what the doctor finds, and what to do about it. */
export const doctor = {
  'verdict.unknown': 'Not known',
  'reason.SERVICE_OFF': 'The part “{service}” is off, as the settings say',
  'hint.SERVICE_WAITING': 'Answer the first page, or add a transfer.',
  'reason.CLOCK_RIGHT':
    '{servers, plural, one {The clock is right, as a server says that was asked for something} other {The clock is right, as # servers say that were asked for something}}',
  'reason.CLOCK_UNTOLD':
    'Nobody has told the time yet; the year is plausible, and the clock runs steadily',
  'hint.CLOCK_UNTOLD':
    'Nobody is asked for it: it shows when a web tracker or an https address was used.',
  'reason.CLOCK_IMPLAUSIBLE': 'The clock of this computer says that it is the year {year}',
  'reason.CLOCK_AHEAD':
    'The clock of this computer is {seconds} ahead of what servers say that were asked for something',
  'reason.CLOCK_BEHIND':
    'The clock of this computer is {seconds} behind what servers say that were asked for something',
  'reason.CLOCK_SET_BACK':
    'The clock of this computer was set back by {seconds} while the peer ran',
  'hint.CLOCK_IMPLAUSIBLE':
    'Set date, time and time zone in the system’s settings, and let it set its clock from the network.',
  'hint.CLOCK_AHEAD':
    'Let the system set its clock from the network (Linux: timedatectl set-ntp true), or set time and time zone by hand.',
  'hint.CLOCK_BEHIND':
    'Let the system set its clock from the network (Linux: timedatectl set-ntp true), or set time and time zone by hand.',
  'hint.CLOCK_SET_BACK':
    'If nobody did that on purpose, let the system set its clock from the network.',
  'reason.HANDLES_GOOD':
    '{open, number} files and connections are open; the system allows {limit, number}, and a busy peer wants {needed, number}',
  'reason.HANDLES_NEAR':
    '{open, number} files and connections are open, and the system allows {limit, number}',
  'reason.HANDLES_FEW':
    'The system allows {limit, number} open files and connections, and a busy peer wants {needed, number}',
  'reason.HANDLES_UNKNOWN': 'This system does not tell how many files a program may open',
  'hint.HANDLES_NEAR':
    'Raise the limit to 4096 or more: “ulimit -n 4096” in the terminal before the peer is started, “LimitNOFILE=4096” in its systemd unit.',
  'hint.HANDLES_FEW':
    'Raise the limit to 4096 or more: “ulimit -n 4096” in the terminal before the peer is started, “LimitNOFILE=4096” in its systemd unit.',
  'hint.HANDLES_UNKNOWN': '“ulimit -n” in a terminal does.',
  'reason.TIME_OUTS_DIALS_FEW':
    'Too few connections were tried lately to say how many are answered',
  'reason.TIME_OUTS_DIALS_GOOD':
    'Of {ended, number} connections tried in the last ten minutes, {timedOut, number} got no answer, which is usual',
  'reason.TIME_OUTS_DIALS_MANY':
    'Of {ended, number} connections tried in the last ten minutes, {timedOut, number} got no answer',
  'hint.TIME_OUTS_DIALS_MANY':
    'Peers come and go, so many never answer. Nearly all at once means that a firewall or the network holds back connections: let Coequal out (TCP and UDP, any port), or try another network.',
  'reason.TIME_OUTS_DHT_FEW': 'Too little was asked in the DHT lately to say how much is answered',
  'reason.TIME_OUTS_DHT_GOOD':
    'Of {ended, number} questions to the DHT in the last ten minutes, {timedOut, number} got no answer, which is usual',
  'reason.TIME_OUTS_DHT_MANY':
    'Of {ended, number} questions to the DHT in the last ten minutes, {timedOut, number} got no answer',
  'hint.TIME_OUTS_DHT_MANY':
    'Something holds back UDP. Let Coequal send and receive UDP in the firewall; some guest and company networks do not allow it. Trackers and other peers go on finding peers.',
  'reason.TIME_OUTS_TRACKERS_FEW': 'Too few trackers were asked to say how many answer',
  'reason.TIME_OUTS_TRACKERS_GOOD':
    'Of {ended, number} trackers that were asked, {timedOut, number} do not answer',
  'reason.TIME_OUTS_TRACKERS_MANY':
    'Of {ended, number} trackers that were asked, {timedOut, number} do not answer',
  'hint.TIME_OUTS_TRACKERS_MANY':
    'They are down, or the network holds them back: see whether their addresses open elsewhere. Without trackers, public transfers still find peers in the DHT and by other peers.',
  'reason.LAN_GOOD': 'Contacts in the local network can be found',
  'reason.LAN_OFFLINE': 'The local network is not looked in: the peer is offline',
  'reason.LAN_NO_NETWORK': 'This computer is in no local network',
  'hint.LAN_NO_NETWORK': 'Connect it to Wi-Fi or by a cable.',
  'reason.LAN_ONLY_VPN':
    'All goes through the tunnel {name}: contacts in the local network are not found',
  'hint.LAN_ONLY_VPN': 'Allow local networks in the settings of the VPN.',
  'reason.LAN_PORT_TAKEN':
    'Another program keeps UDP port 5353 for itself: contacts in the local network are not found',
  'hint.LAN_PORT_TAKEN': 'Close it, or let it share the port.',
  'reason.LAN_SEND_FAILED': 'Nothing can be sent into the local network at {name}',
  'hint.LAN_SEND_FAILED': 'A firewall of this computer may forbid it.',
  'reason.LAN_BLOCKED_HERE': 'What is said in the local network does not come in at {name}',
  'hint.LAN_BLOCKED_HERE': 'Let UDP port 5353 in, in the firewall of this computer.',
  'reason.LAN_NOBODY_HEARD': 'Nobody else is heard in the local network at {name}',
  'hint.LAN_NOBODY_HEARD':
    'If others are there, the network keeps its devices apart, as Wi-Fi for guests does: use another one.',
} as const;

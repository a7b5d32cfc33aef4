/** German: what the doctor finds, and what to do about it. */
import type { doctor as en } from '../en/doctor.ts';

export const doctor: Readonly<Record<keyof typeof en, string>> = {
  'verdict.unknown': 'Nicht bekannt',
  'reason.SERVICE_OFF': 'Der Teil „{service}“ ist aus, wie es eingestellt ist',
  'hint.SERVICE_WAITING': 'Beantworte die erste Seite, oder füge etwas hinzu.',
  'reason.CLOCK_RIGHT':
    '{servers, plural, one {Die Uhr geht richtig, wie ein Server sagt, der nach etwas gefragt wurde} other {Die Uhr geht richtig, wie # Server sagen, die nach etwas gefragt wurden}}',
  'reason.CLOCK_UNTOLD':
    'Noch hat niemand die Zeit genannt; das Jahr ist glaubhaft, und die Uhr läuft gleichmäßig',
  'hint.CLOCK_UNTOLD':
    'Niemand wird danach gefragt: Es zeigt sich, sobald ein Web-Tracker oder eine https-Adresse benutzt wurde.',
  'reason.CLOCK_IMPLAUSIBLE': 'Nach der Uhr dieses Computers ist es das Jahr {year}',
  'reason.CLOCK_AHEAD':
    'Die Uhr dieses Computers geht {seconds} vor, nach Servern, die nach etwas gefragt wurden',
  'reason.CLOCK_BEHIND':
    'Die Uhr dieses Computers geht {seconds} nach, nach Servern, die nach etwas gefragt wurden',
  'reason.CLOCK_SET_BACK':
    'Die Uhr dieses Computers wurde um {seconds} zurückgestellt, während der Peer lief',
  'hint.CLOCK_IMPLAUSIBLE':
    'Stelle Datum, Uhrzeit und Zeitzone in den Einstellungen des Systems, und lass es seine Uhr aus dem Netz stellen.',
  'hint.CLOCK_AHEAD':
    'Lass das System seine Uhr aus dem Netz stellen (Linux: timedatectl set-ntp true), oder stelle Uhrzeit und Zeitzone von Hand.',
  'hint.CLOCK_BEHIND':
    'Lass das System seine Uhr aus dem Netz stellen (Linux: timedatectl set-ntp true), oder stelle Uhrzeit und Zeitzone von Hand.',
  'hint.CLOCK_SET_BACK':
    'Wenn das niemand mit Absicht tat, lass das System seine Uhr aus dem Netz stellen.',
  'reason.HANDLES_GOOD':
    '{open, number} Dateien und Verbindungen sind offen; das System erlaubt {limit, number}, und ein Peer mit viel zu tun will {needed, number}',
  'reason.HANDLES_NEAR':
    '{open, number} Dateien und Verbindungen sind offen, und das System erlaubt {limit, number}',
  'reason.HANDLES_FEW':
    'Das System erlaubt {limit, number} offene Dateien und Verbindungen, und ein Peer mit viel zu tun will {needed, number}',
  'reason.HANDLES_UNKNOWN': 'Dieses System sagt nicht, wie viele Dateien ein Programm öffnen darf',
  'hint.HANDLES_NEAR':
    'Erhöhe die Grenze auf 4096 oder mehr: „ulimit -n 4096“ im Terminal, bevor der Peer startet, „LimitNOFILE=4096“ in seiner systemd-Unit.',
  'hint.HANDLES_FEW':
    'Erhöhe die Grenze auf 4096 oder mehr: „ulimit -n 4096“ im Terminal, bevor der Peer startet, „LimitNOFILE=4096“ in seiner systemd-Unit.',
  'hint.HANDLES_UNKNOWN': '„ulimit -n“ in einem Terminal sagt es.',
  'reason.TIME_OUTS_DIALS_FEW':
    'Zuletzt wurden zu wenige Verbindungen versucht, um zu sagen, wie viele beantwortet werden',
  'reason.TIME_OUTS_DIALS_GOOD':
    'Von {ended, number} Verbindungsversuchen der letzten zehn Minuten blieben {timedOut, number} ohne Antwort; das ist üblich',
  'reason.TIME_OUTS_DIALS_MANY':
    'Von {ended, number} Verbindungsversuchen der letzten zehn Minuten blieben {timedOut, number} ohne Antwort',
  'hint.TIME_OUTS_DIALS_MANY':
    'Peers kommen und gehen, deshalb antworten viele nie. Fast alle auf einmal heißt: Eine Firewall oder das Netz hält Verbindungen auf. Lass Coequal hinaus (TCP und UDP, jeder Port), oder versuche ein anderes Netz.',
  'reason.TIME_OUTS_DHT_FEW':
    'Zuletzt wurde im DHT zu wenig gefragt, um zu sagen, wie viel beantwortet wird',
  'reason.TIME_OUTS_DHT_GOOD':
    'Von {ended, number} Fragen an das DHT in den letzten zehn Minuten blieben {timedOut, number} ohne Antwort; das ist üblich',
  'reason.TIME_OUTS_DHT_MANY':
    'Von {ended, number} Fragen an das DHT in den letzten zehn Minuten blieben {timedOut, number} ohne Antwort',
  'hint.TIME_OUTS_DHT_MANY':
    'Etwas hält UDP auf. Erlaube Coequal UDP in der Firewall, hinaus und herein; manche Gast- und Firmennetze lassen es nicht zu. Tracker und andere Peers finden weiterhin Peers.',
  'reason.TIME_OUTS_TRACKERS_FEW':
    'Es wurden zu wenige Tracker gefragt, um zu sagen, wie viele antworten',
  'reason.TIME_OUTS_TRACKERS_GOOD':
    'Von {ended, number} gefragten Trackern antworten {timedOut, number} nicht',
  'reason.TIME_OUTS_TRACKERS_MANY':
    'Von {ended, number} gefragten Trackern antworten {timedOut, number} nicht',
  'hint.TIME_OUTS_TRACKERS_MANY':
    'Sie laufen nicht, oder das Netz hält sie auf: Sieh nach, ob sich ihre Adressen anderswo öffnen. Auch ohne Tracker finden öffentliche Transfers Peers im DHT und über andere Peers.',
  'reason.LAN_GOOD': 'Kontakte im lokalen Netz können gefunden werden',
  'reason.LAN_OFFLINE': 'Im lokalen Netz wird nicht gesucht: Der Peer ist offline',
  'reason.LAN_NO_NETWORK': 'Dieser Computer ist in keinem lokalen Netz',
  'hint.LAN_NO_NETWORK': 'Verbinde ihn mit dem WLAN oder mit einem Kabel.',
  'reason.LAN_ONLY_VPN':
    'Alles geht durch den Tunnel {name}: Kontakte im lokalen Netz werden nicht gefunden',
  'hint.LAN_ONLY_VPN': 'Erlaube lokale Netze in den Einstellungen des VPN.',
  'reason.LAN_PORT_TAKEN':
    'Ein anderes Programm behält UDP-Port 5353 für sich: Kontakte im lokalen Netz werden nicht gefunden',
  'hint.LAN_PORT_TAKEN': 'Beende es, oder lass es den Port teilen.',
  'reason.LAN_SEND_FAILED': 'Bei {name} lässt sich nichts in das lokale Netz senden',
  'hint.LAN_SEND_FAILED': 'Vielleicht verbietet es eine Firewall dieses Computers.',
  'reason.LAN_BLOCKED_HERE': 'Was im lokalen Netz gesagt wird, kommt bei {name} nicht herein',
  'hint.LAN_BLOCKED_HERE': 'Lass in der Firewall dieses Computers UDP-Port 5353 herein.',
  'reason.LAN_NOBODY_HEARD': 'Im lokalen Netz bei {name} ist niemand sonst zu hören',
  'hint.LAN_NOBODY_HEARD':
    'Sind andere da, hält das Netz seine Geräte auseinander, wie ein Gäste-WLAN: Nimm ein anderes.',
};
